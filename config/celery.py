"""The Celery application: it carries doorbells only, the database row is the truth (docs/decisions.md)."""

from celery import Celery
from django.conf import settings

app = Celery("brushwire")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(lambda: settings.INSTALLED_APPS)
