"""Other servers that make pictures for us, how they are doing, and what they have in hand."""

from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from studio.process import sealing


class Server(models.Model):
    """One server. Several of a kind share the work, the least busy for its `weight` first.

    Its health is written by those who work with it and by `studio.engines.health`: `failures` in a row, and until when
    (`open_until`) it is left alone because of them. `offers` are the names of the models that it said it has; empty
    where it did not say.
    """

    class Kind(models.TextChoices):
        OPENAI_IMAGES = "openai_images", _("OpenAI-compatible images")
        COMFYUI = "comfyui", _("ComfyUI")
        MESH_HTTP = "mesh_http", _("Image to 3D")
        CHAT_SCENE = "chat_scene", _("OpenAI-compatible chat")

    class Dialect(models.TextChoices):
        OPENAI = "openai", _("OpenAI: the plain endpoints")
        XINFERENCE = "xinference", _("Xinference: steps, seeds, progress, abort")
        TASKS = "tasks", _("Image to 3D: plain tasks")
        PIAPI = "piapi", _("Image to 3D: PiAPI, such as Trellis")

    name = models.SlugField(_("name"), max_length=64, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    dialect = models.CharField(
        _("dialect"), max_length=20, choices=Dialect, default=Dialect.OPENAI, help_text=_("Not for ComfyUI.")
    )
    base_url = models.CharField(
        _("address"), max_length=300, help_text=_("For instance http://gpu.example.org:9997/v1, or …:8188 for ComfyUI.")
    )
    secret_sealed = models.TextField(blank=True, editable=False)
    streams = models.BooleanField(
        _("streams partial images"),
        default=False,
        help_text=_("It understands stream and partial_images as OpenAI does: they are shown as previews."),
    )
    timeout = models.PositiveIntegerField(
        _("timeout"),
        default=600,
        validators=[MinValueValidator(1), MaxValueValidator(3600)],
        help_text=_("Seconds that one request may take."),
    )
    at_once = models.PositiveIntegerField(
        _("at once"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(64)],
        help_text=_("So many pictures at the same time."),
    )
    weight = models.FloatField(
        _("weight"),
        default=1.0,
        validators=[MinValueValidator(0.01), MaxValueValidator(100.0)],
        help_text=_("A server of weight 2 gets twice as much as one of weight 1."),
    )
    enabled = models.BooleanField(_("enabled"), default=True)

    offers = models.JSONField(_("its models"), default=list, editable=False)
    checked_at = models.DateTimeField(_("looked at"), null=True, editable=False)
    last_ok_at = models.DateTimeField(_("last answer"), null=True, editable=False)
    last_error = models.CharField(_("last error"), max_length=40, blank=True, editable=False)
    last_error_at = models.DateTimeField(_("last error at"), null=True, editable=False)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    open_until = models.DateTimeField(_("left alone until"), null=True, editable=False)

    class Meta:
        ordering = ["kind", "name"]
        verbose_name = _("server")
        verbose_name_plural = _("servers")
        permissions = [("check_server", "Can have servers looked at")]

    def __str__(self) -> str:
        return self.name

    @property
    def secret(self) -> str:
        """What it wants as a Bearer token, or "". Raises sealing.Unreadable."""
        return sealing.unseal(self.secret_sealed)

    @secret.setter
    def secret(self, secret: str) -> None:
        self.secret_sealed = sealing.seal(secret)

    def clean(self) -> None:
        """Raises ValidationError for what is no address of a server, and for a dialect that its kind does not speak."""
        place_of(self.base_url)
        spoken = SPOKEN.get(self.kind)
        if spoken and self.dialect not in spoken:
            words = _("This kind of server speaks one of these: %(dialects)s.")
            raise ValidationError({"dialect": words % {"dialects": ", ".join(str(each.label) for each in spoken)}})


# The dialects of each kind that has several.
SPOKEN: dict[str, tuple[Server.Dialect, ...]] = {
    Server.Kind.OPENAI_IMAGES: (Server.Dialect.OPENAI, Server.Dialect.XINFERENCE),
    Server.Kind.MESH_HTTP: (Server.Dialect.TASKS, Server.Dialect.PIAPI),
}


class ServerUse(models.Model):
    """A picture that a server makes, until it is done; `until` is when it counts as lost otherwise."""

    server = models.ForeignKey(Server, on_delete=models.CASCADE, related_name="uses")
    job = models.CharField(max_length=64)
    until = models.DateTimeField()


def place_of(url: str) -> tuple[str, int]:
    """Host and port of an address for servers. Raises ValidationError for what is no plain http(s) address."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError:
        port = 0
    if not port or not parts.hostname or parts.query or parts.fragment or parts.username is not None:
        raise ValidationError({"base_url": _("This must be an http or https address without a name or a query.")})
    return parts.hostname, port
