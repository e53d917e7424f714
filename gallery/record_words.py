"""What the gallery's acts are called in the record of staff actions. Registered when the app is ready."""

from django.utils.translation import gettext_lazy as _

from accounts.recordwords import register
from gallery.models import Act, Appeal, Category, Moderation


def register_all() -> None:
    """Make the gallery's acts known, and what stands beside them."""
    others = {
        "undo": _("take a decision back"),
        "answer_appeal": _("answer an appeal"),
        "open_private": _("open a private work"),
        "import_rules": _("import prompt rules"),
    }
    register(
        dict(Act.choices) | others,
        {
            "reason": (_("reason"), dict(Category.choices)),
            "moderation": (_("moderation"), dict(Moderation.choices)),
            "outcome": (_("outcome"), dict(Appeal.Outcome.choices)),
            "decision": (_("decision"), {}),
            "until": (_("until"), {}),
            "legal_hold": (_("legal hold"), {}),
            "added": (_("added"), {}),
            "changed": (_("changed"), {}),
        },
    )
