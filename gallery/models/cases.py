"""What moderators work on: cases, the reports in them, decisions, appeals, and files that are not wanted again."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from gallery.models.collection import Collection
from gallery.models.remarks import Remark
from gallery.models.rules import Category
from gallery.models.work import Moderation, Work

# What a case can be about besides a person.
Thing = Work | Collection | Remark
# How long a case is one moderator's before another may take it.
CLAIMED_FOR = timedelta(minutes=10)


class CaseQuerySet(models.QuerySet["Case"]):
    def open(self) -> "CaseQuerySet":
        return self.filter(closed_at=None)

    def for_moderator(self, moderator: User, *, alone: bool) -> "CaseQuerySet":
        """Open cases that `moderator` may decide, the most urgent first: nobody judges themselves, and an appeal goes
        to somebody else than who decided, unless they are `alone`."""
        found = self.open().exclude(person=moderator)
        if not alone:
            found = found.exclude(appeal__decision__moderator=moderator)
        return found.order_by("-priority", "opened_at", "id")


class Case(models.Model):
    """Something to be looked at: a work, a collection, a comment (`remark`), or a person (`about_person`). At most one
    open case an item gathers all.

    `sources` say how it came here: reported, held (posts of this person wait), flagged (rules, safety checker), appeal.
    `flags` are the categories that rules and checker named. `claimed_by` has it before them until `claimed_until`.
    """

    work = models.ForeignKey(Work, models.SET_NULL, null=True, blank=True, related_name="cases", verbose_name=_("work"))
    collection = models.ForeignKey(
        Collection, models.SET_NULL, null=True, blank=True, related_name="cases", verbose_name=_("collection")
    )
    remark = models.ForeignKey(
        Remark, models.SET_NULL, null=True, blank=True, related_name="cases", verbose_name=_("comment")
    )
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="cases", verbose_name=_("person"))
    about_person = models.BooleanField(_("about the person"), default=False)
    sources = models.JSONField(_("came by"), default=list)
    flags = models.JSONField(_("flags"), default=list)
    priority = models.PositiveSmallIntegerField(_("priority"), default=0)
    opened_at = models.DateTimeField(_("opened at"), default=timezone.now)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("claimed by")
    )
    claimed_until = models.DateTimeField(_("claimed until"), null=True, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-id"]
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        default_permissions = ("view",)
        permissions = [
            ("moderate", _("Can decide cases")),
            ("open_private", _("Can open private works, with a reason")),
            ("legal_hold", _("Can open private works without telling the owner (legal hold)")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["work"], condition=models.Q(closed_at=None, work__isnull=False), name="case_open_once_per_work"
            ),
            models.UniqueConstraint(
                fields=["collection"],
                condition=models.Q(closed_at=None, collection__isnull=False),
                name="case_open_once_per_collection",
            ),
            models.UniqueConstraint(
                fields=["remark"],
                condition=models.Q(closed_at=None, remark__isnull=False),
                name="case_open_once_per_remark",
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=models.Q(closed_at=None, about_person=True),
                name="case_open_once_per_person",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-priority", "opened_at", "id"], condition=models.Q(closed_at=None), name="case_queue"
            ),
            models.Index(fields=["person", "-opened_at"], name="case_of_person"),
        ]

    def __str__(self) -> str:
        return f"case {self.pk}"

    @property
    def thing(self) -> Thing | None:
        """What it is about, where that is not the person and is still there."""
        return self.work or self.collection or self.remark


class Report(models.Model):
    """Somebody says that an item breaks the rules. `address` is an HMAC of where it came from, for the rate limit."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="reports", verbose_name=_("case"))
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="reports", verbose_name=_("by")
    )
    reason = models.CharField(_("reason"), max_length=12, choices=Category)
    text = models.TextField(_("in their words"), max_length=1000, blank=True)
    address = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["created_at", "id"]
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["case", "reporter"], name="report_once_per_person_and_case")]
        indexes = [
            models.Index(fields=["address", "-created_at"], name="report_of_address"),
            models.Index(fields=["reporter", "-created_at"], name="report_of_person"),
        ]

    def __str__(self) -> str:
        return f"report {self.pk}"


class Act(models.TextChoices):
    """What a moderator can decide."""

    APPROVE = "approve", _("approve")
    HIDE = "hide", _("hide")
    REMOVE = "remove", _("take down")
    RESTORE = "restore", _("restore")
    WARN = "warn", _("warn")
    SUSPEND = "suspend", _("suspend")


class Decision(models.Model):
    """What was decided about a work, a collection, a comment or a person, and why: part of the person's record as long
    as the account is there.

    `before` is where the thing stood; `until` is the end of a suspension (None: until lifted). `undone_at`:
    taken back by the moderator (a slip) or by an appeal. `words` are for the person, in their language.
    """

    case = models.ForeignKey(
        Case, models.SET_NULL, null=True, blank=True, related_name="decisions", verbose_name=_("case")
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="decisions", verbose_name=_("person")
    )
    work = models.ForeignKey(
        Work, models.SET_NULL, null=True, blank=True, related_name="decisions", verbose_name=_("work")
    )
    collection = models.ForeignKey(
        Collection, models.SET_NULL, null=True, blank=True, related_name="decisions", verbose_name=_("collection")
    )
    remark = models.ForeignKey(
        Remark, models.SET_NULL, null=True, blank=True, related_name="decisions", verbose_name=_("comment")
    )
    moderator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("moderator")
    )
    act = models.CharField(_("decision"), max_length=8, choices=Act)
    reason = models.CharField(_("reason"), max_length=12, choices=Category, blank=True)
    words = models.TextField(_("words"), max_length=1000, blank=True)
    before = models.CharField(_("before"), max_length=10, choices=Moderation, blank=True)
    until = models.DateTimeField(_("until"), null=True, blank=True)
    title = models.CharField(_("title"), max_length=160, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    undone_at = models.DateTimeField(_("taken back at"), null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["person", "-created_at"], name="decision_of_person"),
            models.Index(fields=["moderator", "-created_at"], name="decision_of_moderator"),
        ]

    def __str__(self) -> str:
        return f"decision {self.pk}"

    @property
    def thing(self) -> Thing | None:
        """What it was about, where that is not the person alone and is still there."""
        return self.work or self.collection or self.remark


class Appeal(models.Model):
    """The owner's one objection to a decision; `case` is where another moderator looks at it."""

    class Outcome(models.TextChoices):
        OPEN = "open", _("open")
        GRANTED = "granted", _("the decision was taken back")
        UPHELD = "upheld", _("the decision stays")

    decision = models.OneToOneField(Decision, models.CASCADE, related_name="appeal", verbose_name=_("decision"))
    case = models.OneToOneField(Case, models.SET_NULL, null=True, related_name="appeal", verbose_name=_("case"))
    words = models.TextField(_("in their words"), max_length=2000)
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome, default=Outcome.OPEN)
    answer = models.TextField(_("answer"), max_length=1000, blank=True)
    moderator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("moderator")
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"appeal {self.pk}"


class UnwantedFile(models.Model):
    """A file of a work that was taken down: nothing made of the same bytes, or of the same pixels, becomes public.

    `digest` is SHA-256 (hex) of the file or of its pixels (gallery/moderation/unwanted.py). It stays when the account
    is gone.
    """

    decision = models.ForeignKey(
        Decision, models.SET_NULL, null=True, related_name="unwanted", verbose_name=_("decision")
    )
    digest = models.CharField(_("digest"), max_length=64, db_index=True)

    class Meta:
        verbose_name = _("unwanted file")
        verbose_name_plural = _("unwanted files")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["decision", "digest"], name="unwanted_file_once")]

    def __str__(self) -> str:
        return self.digest[:12]
