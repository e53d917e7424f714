"""Addresses of the accounts beside allauth's own."""

from django.urls import URLPattern, path

from accounts import classroom, devices, inviting, joining, noticeboard, settings_page

app_name = "accounts"
urlpatterns: list[URLPattern] = [
    path("account/", settings_page.settings_page, name="settings"),
    path("account/sessions/", devices.sessions_page, name="sessions"),
    path("account/sessions/end/", devices.end_session, name="end_session"),
    path("account/invitations/", inviting.invitations_page, name="invitations"),
    path("account/invitations/<int:invitation>/withdraw/", inviting.withdraw, name="withdraw_invitation"),
    path("join/", joining.code_page, name="join_code"),
    path("join/<str:code>/", joining.Join.as_view(), name="join"),
    path("workshops/", classroom.workshop_list, name="workshops"),
    path("workshops/<int:workshop>/", classroom.workshop_page, name="workshop"),
    path("workshops/<int:workshop>/change/", classroom.workshop_change, name="workshop_change"),
    path("workshops/<int:workshop>/freeze/", classroom.workshop_freeze, name="workshop_freeze"),
    path("workshops/<int:workshop>/print/", classroom.workshop_print, name="workshop_print"),
    path(
        "workshops/<int:workshop>/people/<int:person>/password/", classroom.workshop_password, name="workshop_password"
    ),
    path("workshops/<int:workshop>/people/<int:person>/remove/", classroom.workshop_remove, name="workshop_remove"),
    path("notices/", noticeboard.page, name="notices"),
    path("notices/bell/", noticeboard.bell, name="bell"),
    path("notices/seen/", noticeboard.seen, name="notices_seen"),
]
