"""Django's admin with our site (accounts/adminsite.py) in its place."""

from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class AdminConfig(DjangoAdminConfig):
    default_site = "accounts.adminsite.StudioAdminSite"
