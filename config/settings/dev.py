"""`make run`: everything on this machine, mail on the console, static files straight from their folders."""

from config.settings.base import *  # noqa: F403
from config.settings.base import STORAGES, env

if not env.str("SECRET_KEY", default=""):
    raise SystemExit("SECRET_KEY is not set. `make run` writes a .env with a fresh one; so does `python manage.py up`.")

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
SERVESTATIC_USE_FINDERS = True
SERVESTATIC_AUTOREFRESH = True
SERVESTATIC_MAX_AGE = 0
# Passkeys on http://localhost.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
