"""Rules about words: what a prompt, a title or a tag may say. gallery/rules/prompts.py applies them."""

import uuid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from gallery import folding, rule_patterns


class RuleAction(models.TextChoices):
    BLOCK = "block", _("block")
    FLAG = "flag", _("flag for review")
    SOFTEN = "soften", _("soften")


class RuleLanguage(models.TextChoices):
    ANY = "any", _("any")
    ENGLISH = "en", _("English")
    CHINESE = "zh", _("Chinese")


class Category(models.TextChoices):
    """Why something is not wanted; the same list serves rules, reports and decisions."""

    MINORS = "minors", _("sexual content with children")
    SEXUAL = "sexual", _("sexual content")
    VIOLENCE = "violence", _("violence")
    HATE = "hate", _("hate or harassment")
    EXTREMISM = "extremism", _("terrorism or extremism")
    SELF_HARM = "self_harm", _("self-harm")
    PERSON = "person", _("a real person, without consent")
    COPYRIGHT = "copyright", _("copyright or trade mark")
    SPAM = "spam", _("spam or deception")
    OTHER = "other", _("something else")


class PromptRule(models.Model):
    """Words and what happens when a text has them.

    `language` says how they are found: English as whole words, Chinese anywhere, "any" by the script they are written
    in. A plain pattern may end in `*` (any ending). `negative`: also in negative prompts, which name what a picture
    shall not show, so that most rules leave them alone.
    """

    pattern = models.CharField(
        _("pattern"), max_length=200, help_text=_("Words, as people write them; an * at the end stands for any ending.")
    )
    regex = models.BooleanField(
        _("regular expression"),
        default=False,
        help_text=_("For administrators. Small letters; repetition needs an end."),
    )
    language = models.CharField(_("language"), max_length=4, choices=RuleLanguage, default=RuleLanguage.ANY)
    action = models.CharField(_("action"), max_length=8, choices=RuleAction, default=RuleAction.FLAG)
    replacement = models.CharField(
        _("replacement"),
        max_length=100,
        blank=True,
        help_text=_("What softening puts in the place; empty leaves it out."),
    )
    category = models.CharField(_("category"), max_length=12, choices=Category, default=Category.OTHER)
    negative = models.BooleanField(_("also in negative prompts"), default=False)
    enabled = models.BooleanField(_("enabled"), default=True)
    note = models.TextField(_("note"), blank=True, help_text=_("For staff: why this rule is there."))
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["category", "pattern"]
        verbose_name = _("prompt rule")
        verbose_name_plural = _("prompt rules")
        constraints = [
            models.UniqueConstraint(fields=["pattern", "language", "regex"], name="prompt_rule_once"),
            models.CheckConstraint(condition=models.Q(action__in=RuleAction.values), name="prompt_rule_action_known"),
        ]
        permissions = [("write_regex_rules", _("Can write rules as regular expressions"))]

    def __str__(self) -> str:
        return self.pattern

    def clean(self) -> None:
        """The pattern can be found at all, and in bounded time. Raises ValidationError by field."""
        self.pattern = " ".join(self.pattern.split())
        if self.regex:
            try:
                rule_patterns.compile_bounded(self.pattern)
            except ValidationError as error:
                raise ValidationError({"pattern": error}) from None
            return
        plain = folding.fold(self.pattern.removesuffix("*"))
        found = folding.squashed(plain).text if self.found_anywhere else "".join(folding.words(plain.text))
        if not found:
            raise ValidationError({"pattern": _("There is no letter or character in this pattern.")})
        if "*" in self.pattern.removesuffix("*"):
            raise ValidationError({"pattern": _("An * may only stand at the end.")})

    @property
    def found_anywhere(self) -> bool:
        """Whether the pattern is found inside other text, rather than as whole words."""
        by_script = folding.is_wide(folding.fold(self.pattern).text)
        return self.language == RuleLanguage.CHINESE or (self.language == RuleLanguage.ANY and by_script)


class PromptRuleSet(models.Model):
    """One row: a new token after every change of the rules, so that processes see that theirs are old."""

    token = models.UUIDField(default=uuid.uuid4)

    class Meta:
        default_permissions = ()


class PromptHit(models.Model):
    """That a rule met a person's words, for the person's record and to see what a rule is good for.

    The words themselves are not kept: `digest` is an HMAC of them, the same for the same words. `times` counts them.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="prompt_hits", verbose_name=_("person")
    )
    rule = models.ForeignKey(PromptRule, models.CASCADE, related_name="hits", verbose_name=_("prompt rule"))
    action = models.CharField(_("action"), max_length=8, choices=RuleAction)
    digest = models.CharField(_("digest of the words"), max_length=64)
    times = models.PositiveIntegerField(_("times"), default=1)
    first_at = models.DateTimeField(_("first"), auto_now_add=True)
    last_at = models.DateTimeField(_("last"), auto_now=True)

    class Meta:
        ordering = ["-last_at", "-id"]
        verbose_name = _("rule met")
        verbose_name_plural = _("rules met")
        constraints = [models.UniqueConstraint(fields=["user", "rule", "digest"], name="prompt_hit_once")]
        indexes = [models.Index(fields=["user", "-last_at"], name="prompt_hit_of_person")]

    def __str__(self) -> str:
        return f"{self.action} by rule {self.rule_id}"
