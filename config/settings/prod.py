"""Production: behind nginx with TLS. Refuses to start with a weak secret or an open host list."""

from django.core.exceptions import ImproperlyConfigured

from config.settings.base import *  # noqa: F403
from config.settings.base import ALLOWED_HOSTS, SECRET_KEY, env

if len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("SECRET_KEY must have at least 50 characters.")
if "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts: '*' would let any page open our sockets.")

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=True)
SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=True)
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
ACCOUNT_EMAIL_VERIFICATION = env.choice(
    "ACCOUNT_EMAIL_VERIFICATION", "mandatory", "optional", "none", default="mandatory"
)
MFA_ALLOW_UNVERIFIED_EMAIL = ACCOUNT_EMAIL_VERIFICATION == "none"
# One nginx of ours stands in front (deploy/nginx): it writes X-Forwarded-For itself.
TRUSTED_PROXIES = env.int("BRUSHWIRE_TRUSTED_PROXIES", default=1)
DEMO_ACCOUNT = env.str("BRUSHWIRE_DEMO_ACCOUNT", default="")
SIGNUP = env.choice("BRUSHWIRE_SIGNUP", "open", "invite", "closed", default="invite")
STAFF_SECOND_FACTOR = env.bool("BRUSHWIRE_STAFF_SECOND_FACTOR", default=True)
