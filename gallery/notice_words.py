"""What the gallery tells people, in words. Registered when the app is ready (gallery/apps.py)."""

from django.utils.translation import gettext_lazy as _

from accounts.notices import register
from gallery.models import Category

TITLES = {"title": {"": _("A work of yours")}}
SAID = {"reason": dict(Category.choices)}
REASONS = {"reason": dict(Category.choices)} | TITLES


def register_all() -> None:
    """Make the gallery's notices known. `title` is a work's name in quotation marks, or words for one without."""
    register("live_prompt_softened", _("Some words of your prompt were replaced, as the rules of this place ask."))
    register(
        "work_held",
        _("%(title)s waits for a moderator before others can see it."),
        icon="clock",
        words=TITLES,
    )
    register(
        "work_approved", _("A moderator has looked at %(title)s: others can see it now."), icon="check", tone="good"
    )
    register(
        "work_hidden",
        _("%(title)s was hidden from others: %(reason)s. %(words)s You can appeal once."),
        icon="eye-off",
        tone="grave",
        mail=True,
        words=REASONS,
    )
    register(
        "work_removed",
        _("%(title)s was taken down: %(reason)s. %(words)s You can appeal once."),
        icon="triangle-alert",
        tone="grave",
        mail=True,
        words=REASONS,
    )
    register(
        "work_restored", _("%(title)s is there for others again."), icon="check", tone="good", mail=True, words=TITLES
    )
    register(
        "comment_hidden",
        _("Your comment %(title)s was hidden from others: %(reason)s. %(words)s You can appeal once."),
        icon="eye-off",
        tone="grave",
        mail=True,
        words=SAID,
    )
    register(
        "comment_removed",
        _("Your comment %(title)s was taken down: %(reason)s. %(words)s You can appeal once."),
        icon="triangle-alert",
        tone="grave",
        mail=True,
        words=SAID,
    )
    register(
        "comment_restored",
        _("Your comment %(title)s is there for others again."),
        icon="check",
        tone="good",
        mail=True,
        words=SAID,
    )
    register(
        "warned",
        _("A moderator warns you: %(reason)s. %(words)s"),
        icon="triangle-alert",
        tone="grave",
        mail=True,
        words=REASONS,
    )
    register(
        "suspended",
        _("Your account was suspended: %(reason)s. %(words)s"),
        icon="lock",
        tone="grave",
        mail=True,
        words=REASONS,
    )
    register("decision_undone", _("A decision about you was taken back: it was a slip."), tone="good")
    register("suspension_lifted", _("Your account is no longer suspended."), icon="lock-open", tone="good", mail=True)
    register(
        "appeal_upheld",
        _("Your appeal was looked at, and the decision stays. %(words)s"),
        icon="info",
        tone="grave",
        mail=True,
    )
    register(
        "appeal_granted",
        _("Your appeal was right: the decision was taken back. %(words)s"),
        icon="check",
        tone="good",
        mail=True,
    )
    register(
        "report_acted_on",
        _("Thank you: something was done about what you reported on %(date)s."),
        icon="check",
        tone="good",
    )
    register("report_dismissed", _("What you reported on %(date)s was looked at, and it can stay."))
    register(
        "private_opened",
        _("A moderator opened your private work %(title)s. Why: %(words)s"),
        icon="eye",
        tone="grave",
        mail=True,
        words=TITLES,
    )
    register(
        "history_expires",
        _("%(count)s works of your history go into the bin on %(day)s. Save those that you want to keep."),
        icon="clock",
        mail=True,
    )
