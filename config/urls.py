"""Every address of the studio."""

from django.contrib import admin
from django.urls import include, path
from django.views.i18n import JavaScriptCatalog

from accounts.inviting import SignupView

urlpatterns = [
    path("", include("studio.urls")),
    path("", include("gallery.urls")),
    path("", include("accounts.urls")),
    path("accounts/signup/", SignupView.as_view(), name="account_signup"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("i18n/catalog.js", JavaScriptCatalog.as_view(domain="djangojs"), name="js_catalog"),
]

handler400 = "studio.views.trouble.bad_request"
handler500 = "studio.views.trouble.server_error"
