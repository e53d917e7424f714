"""Keys with which programs act for a person. accounts/keys.py makes, finds and revokes them."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# What `ApiKey.socket_name` begins with; no key of a session does.
SOCKETS = "key:"
# What both databases can keep in the columns of numbers.
NUMBER_MOST = 2**31 - 1


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def living(self) -> "ApiKeyQuerySet":
        """Those that are neither revoked nor expired."""
        later = models.Q(expires_at=None) | models.Q(expires_at__gt=timezone.now())
        return self.filter(later, revoked_at=None)


class ApiKey(models.Model):
    """A program may do what `scopes` (names of accounts/keys.py) allow, as its owner and never more than them.

    Only SHA-256 of the secret is kept (`key_hash`, hexadecimal); `prefix` is the part that is shown again. Empty
    `model_names` means all models of the catalogue, empty `addresses` (networks such as 192.0.2.0/24) from anywhere,
    empty numbers no limit besides the owner's own. One that is `in_path` is a connect code: it opens the scope "comfy"
    only, and stands in the address for programs that can send no header (studio/gates/pathcodes.py). `used_at` is
    coarse: USED_EVERY seconds (accounts/keys.py).
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_keys", verbose_name=_("owner")
    )
    name = models.CharField(_("name"), max_length=60)
    prefix = models.CharField(_("prefix"), max_length=16, unique=True, editable=False)
    key_hash = models.CharField(max_length=64, editable=False)
    scopes = models.JSONField(_("scopes"), default=list)
    model_names = models.JSONField(_("models"), default=list, blank=True)
    images_per_day = models.PositiveIntegerField(_("pictures a day"), null=True, blank=True)
    in_path = models.BooleanField(default=False, editable=False)
    gpu_seconds_per_day = models.PositiveIntegerField(_("device seconds a day"), null=True, blank=True)
    addresses = models.JSONField(_("addresses"), default=list, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    expires_at = models.DateTimeField(_("valid until"), null=True, blank=True)
    used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    used_from = models.CharField(_("last used from"), max_length=45, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, editable=False)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"

    @property
    def is_expired(self) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def is_living(self) -> bool:
        """Whether it is neither revoked nor expired."""
        return self.revoked_at is None and not self.is_expired

    @property
    def socket_name(self) -> str:
        """What stands for a session's key where a socket was opened with this one (signal `access_revoked`)."""
        return f"{SOCKETS}{self.prefix}"
