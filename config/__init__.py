"""How the studio is wired: settings, addresses, processes. No behaviour of its own."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
