"""Django's own settings, shared by every environment. The studio's numbers are in `studio.py`."""

import sys

from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from config.env import BASE_DIR, VAR_DIR, env, redis_url
from config.settings.operations import *  # noqa: F403
from config.settings.operations import LOG_FORMAT
from config.settings.people import *  # noqa: F403
from config.settings.people import LOGIN_ORIGINS, SOCIALACCOUNT_APPS
from config.settings.rooms import *  # noqa: F403
from config.settings.scenes import *  # noqa: F403
from config.settings.scenes import SANDBOX_ORIGIN
from config.settings.shelves import S3_BUCKET, shelf
from config.settings.studio import *  # noqa: F403

SECRET_KEY = env.str("SECRET_KEY", default="")
# Earlier keys: what they signed and sealed is still read, nothing new is made with them.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "daphne",
    "config.apps.WiringConfig",
    "config.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "servestatic",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "simple_history",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    *SOCIALACCOUNT_APPS,
    "accounts",
    "gallery",
    "studio",
]

MIDDLEWARE = [
    "studio.views.counted.Counted",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "studio.views.rates.RateLimit",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "csp.context_processors.nonce",
                "accounts.context.signing_up",
            ]
        },
    }
]

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR}/db.sqlite3")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A thread keeps its connection: opening one costs as much as what is then asked (a fifth of all that a page that
    # comes back costs). With PostgreSQL `?conn_max_age=` says it, where the server has room for one a thread.
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    # IMMEDIATE: a transaction that will write takes the lock at once, so it waits (timeout, seconds)
    # in the queue for it instead of failing half way. WAL lets readers go on meanwhile.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": env.float("BRUSHWIRE_SQLITE_WAIT", default=20.0),
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
elif DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    # A server that is there and does not answer costs a request so many seconds, not its patience.
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 3)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "config.cache.ForgivingRedisCache",
        "LOCATION": redis_url(2),
    }
}
# The newest progress and preview of each generation (studio/news/events.py).
STATE_REDIS_URL = redis_url(3)

# The explicit timeout matters: redis-py's default of 5 s cuts idle subscribers (research/reliability.md E1).
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {
            "hosts": [{"address": redis_url(0), "socket_timeout": None, "socket_connect_timeout": 3}],
            "prefix": "brushwire",
        },
    }
}

CELERY_BROKER_URL = redis_url(1, celery=True)
# Everything that names no queue (beat's housekeeping) stays off the device's worker.
CELERY_TASK_DEFAULT_QUEUE = "cpu"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False
# Never: Django sees to its connections (config/celery.py).
CELERY_DB_REUSE_MAX = sys.maxsize
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 7200,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "unacked_mutex_expire": 30,
    "socket_timeout": 10,
    "socket_connect_timeout": 3,
    "socket_keepalive": True,
    "health_check_interval": 10,
    "global_keyprefix": "brushwire:",
}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "run" / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "housekeeping": {"task": "studio.tasks.housekeeping", "schedule": 300.0},
    # Where nobody listens to this queue, looks do not pile up.
    "servers": {
        "task": "studio.tasks.look_at_servers",
        "schedule": 60.0,
        "options": {"queue": "remote", "expires": 50},
    },
}

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Brushwire <studio@localhost>")

# Where people reach the studio, for the links in mails.
PUBLIC_URL = env.str("BRUSHWIRE_PUBLIC_URL", default="http://127.0.0.1:8000").rstrip("/")

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", default="UTC")

# nginx's user belongs to our group and reads what is kept; nobody else on the machine does.
FILE_UPLOAD_PERMISSIONS = 0o640

STATIC_URL = "/static/"
STATIC_ROOT = env.str("STATIC_ROOT", default=str(VAR_DIR / "static"))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = env.str("MEDIA_ROOT", default=str(VAR_DIR / "media"))
# ZIP files that people asked for, each fetched by its owner only (studio/worker/archiving.py).
ARCHIVES = f"{MEDIA_ROOT}/archives"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "servestatic.storage.CompressedManifestStaticFilesStorage"},
    # What people made, and what they sent in to make it: never under a public address.
    **{name: shelf(name, MEDIA_ROOT) for name in ("works", "boards", "inputs")},
}
if S3_BUCKET:
    ACCEL_REDIRECT = ""  # nginx has none of these files
    STORAGES["archives"] = shelf("archives", MEDIA_ROOT, "WholeStorage")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "blob:", "data:"],
        "connect-src": [SELF],
        "frame-src": [SELF, *([SANDBOX_ORIGIN] if SANDBOX_ORIGIN else [])],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF, *LOGIN_ORIGINS],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "studio.files.intake.LimitedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "config.masking.Masked",
            "format": "{levelname:<7} {name}{mark}: {message}",
            "style": "{",
        },
        "json": {"()": "config.masking.MaskedJson"},
    },
    "filters": {"mark": {"()": "studio.process.requestid.Mark"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["mark"]}},
    "root": {
        "handlers": ["console"],
        "level": env.choice("LOG_LEVEL", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", default="INFO"),
    },
    "loggers": {
        "daphne": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},  # the hub's library
    },
}
