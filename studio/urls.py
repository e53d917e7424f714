"""Addresses of the studio: its pages, its health and its API."""

from django.urls import path

from studio.api import api, not_found
from studio.views import health, pages

app_name = "studio"
urlpatterns = [
    path("", pages.home, name="home"),
    path("studio/", pages.studio, name="studio"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("api/v1/", api.urls),
    path("api/v1/<path:rest>", not_found),
]
