"""Addresses of the accounts beside allauth's own."""

from django.urls import URLPattern, path

from accounts import devices, inviting, noticeboard, settings_page

app_name = "accounts"
urlpatterns: list[URLPattern] = [
    path("account/", settings_page.settings_page, name="settings"),
    path("account/sessions/", devices.sessions_page, name="sessions"),
    path("account/sessions/end/", devices.end_session, name="end_session"),
    path("account/invitations/", inviting.invitations_page, name="invitations"),
    path("account/invitations/<int:invitation>/withdraw/", inviting.withdraw, name="withdraw_invitation"),
    path("notices/", noticeboard.page, name="notices"),
    path("notices/bell/", noticeboard.bell, name="bell"),
    path("notices/seen/", noticeboard.seen, name="notices_seen"),
]
