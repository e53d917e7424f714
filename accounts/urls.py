"""Addresses of the accounts beside allauth's own."""

from django.urls import URLPattern, path

from accounts import noticeboard

app_name = "accounts"
urlpatterns: list[URLPattern] = [
    path("notices/", noticeboard.page, name="notices"),
    path("notices/bell/", noticeboard.bell, name="bell"),
    path("notices/seen/", noticeboard.seen, name="notices_seen"),
]
