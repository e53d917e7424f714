"""The Celery application: it carries doorbells only, the database row is the truth (docs/decisions.md)."""

from typing import Any

from celery import Celery, signals
from django.conf import settings
from django.db import close_old_connections

app = Celery("brushwire")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(lambda: settings.INSTALLED_APPS)


@signals.task_prerun.connect
@signals.task_postrun.connect
def _between_tasks(**rest: Any) -> None:
    """A connection to the database lives as long as CONN_MAX_AGE says, as between requests. Celery would close it with
    every task, that is with every picture; settings CELERY_DB_REUSE_MAX keeps it from that."""
    close_old_connections()
