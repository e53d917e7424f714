"""Accounts: who may sign up, how people log in, how often they may try. Sizes and times as in `studio.py`."""

from urllib.parse import urlsplit

from config.env import env

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.Backend"]
SESSION_ENGINE = "accounts.sessions"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "studio:studio"

# open: everybody may sign up; invite: with an invitation only; closed: nobody.
SIGNUP = env.choice("BRUSHWIRE_SIGNUP", "open", "invite", "closed", default="open")
# Staff powers (admin site, moderation) only for those whose account has a second factor.
STAFF_SECOND_FACTOR = env.bool("BRUSHWIRE_STAFF_SECOND_FACTOR", default=False)

ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {"signup": "accounts.forms.SignupForm"}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = env.choice("ACCOUNT_EMAIL_VERIFICATION", "mandatory", "optional", "none", default="none")
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Brushwire] "
# How many proxies in front of us add to X-Forwarded-For: who asks is then that many entries from its right end. With 0
# the header is not believed at all. accounts/addresses.py reads it for everything.
TRUSTED_PROXIES = env.int("BRUSHWIRE_TRUSTED_PROXIES", default=0)
# <how often>/<in what time>/<whom it counts for>. Per address it is generous: a whole school sits behind one.
ACCOUNT_RATE_LIMITS: dict[str, str] | bool = {
    "login": env.str("BRUSHWIRE_RATE_LOGIN", default="120/m/ip"),
    "login_failed": env.str("BRUSHWIRE_RATE_LOGIN_FAILED", default="60/m/ip,5/300s/key"),
    "signup": env.str("BRUSHWIRE_RATE_SIGNUP", default="60/m/ip"),
    "reset_password": env.str("BRUSHWIRE_RATE_RESET", default="20/m/ip,5/h/key"),
    "reauthenticate": env.str("BRUSHWIRE_RATE_REAUTHENTICATE", default="10/m/user"),
}

MFA_ADAPTER = "accounts.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Brushwire"
# Where addresses are confirmed, somebody else's address must not be locked up with a second factor.
MFA_ALLOW_UNVERIFIED_EMAIL = ACCOUNT_EMAIL_VERIFICATION == "none"
# A clock half a minute off is common.
MFA_TOTP_TOLERANCE = 1
MFA_RATE_LIMITS = {"webauthn_login": env.str("BRUSHWIRE_RATE_PASSKEY", default="60/m/ip")}

# Logging in by way of other sites, as allauth's SOCIALACCOUNT_PROVIDERS in JSON; none of it is loaded without.
SOCIALACCOUNT_PROVIDERS = env.json("BRUSHWIRE_LOGIN_PROVIDERS", default={})
SOCIALACCOUNT_ADAPTER = "accounts.social.SocialAdapter"
SOCIALACCOUNT_APPS = (
    ["allauth.socialaccount", *(f"allauth.socialaccount.providers.{name}" for name in SOCIALACCOUNT_PROVIDERS)]
    if SOCIALACCOUNT_PROVIDERS
    else []
)


def _origins() -> list[str]:
    """Where our log-in form may lead: the sites of the OpenID providers, and those that are named besides."""
    servers = [
        app.get("settings", {}).get("server_url", "")
        for provider in SOCIALACCOUNT_PROVIDERS.values()
        for app in provider.get("APPS", [])
    ]
    places = [urlsplit(server) for server in servers if server]
    return sorted({f"{place.scheme}://{place.netloc}" for place in places})


LOGIN_ORIGINS = [*_origins(), *env.list("BRUSHWIRE_LOGIN_ORIGINS", default=[])]

# A workshop's people can look at their works for so long (seconds) after its end.
WORKSHOP_GRACE = env.float("BRUSHWIRE_WORKSHOP_GRACE", default=1209600.0)
WORKSHOP_SEATS_MAX = 200
