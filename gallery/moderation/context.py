"""What a moderator should know about a case before deciding: the work, the reports, and the person's record."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Q
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from gallery import collecting, recipes, sources
from gallery.models import (
    Act,
    Appeal,
    Case,
    Category,
    Collection,
    Decision,
    Moderation,
    PromptHit,
    Report,
    Visibility,
    Work,
    WorkFile,
)
from gallery.moderation import cases

LATELY = timedelta(days=30)
# So many works of a collection are shown with it.
SAMPLES = 12
# For how long people are suspended, in days; empty: until it is lifted.
SUSPENSIONS = [
    ("1", _("one day")),
    ("3", _("three days")),
    ("7", _("one week")),
    ("30", _("30 days")),
    ("90", _("90 days")),
    ("", _("until it is lifted")),
]
# What the person is told unless the moderator writes otherwise. In the person's language.
SUGGESTED = {
    Category.MINORS: _("Sexual content with children, or with people who look like children, is never allowed."),
    Category.SEXUAL: _("This is too explicit to be shown here."),
    Category.VIOLENCE: _("This shows more violence than may be shown here."),
    Category.HATE: _("Nobody may be attacked for who they are."),
    Category.EXTREMISM: _("Terrorism and extremism must not be praised or advertised here."),
    Category.SELF_HARM: _("Self-harm must not be shown or encouraged. If you are not well, please talk to somebody."),
    Category.PERSON: _("A real person may only be shown if they have agreed to it."),
    Category.COPYRIGHT: _("This uses somebody else's work or mark without permission."),
    Category.SPAM: _("This is advertising, or it deceives people."),
    Category.OTHER: _("This breaks the rules of this place."),
}


def of(case: Case, moderator: User) -> dict[str, Any]:
    """Everything that the page of a case shows."""
    work = Work.objects.prefetch_related("files", "tags").get(pk=case.work_id) if case.work_id else None
    appeal = Appeal.objects.select_related("decision__moderator").filter(case=case).first()
    return {
        "work": work,
        "sandbox": sources.frame(),
        "collection": case.collection,
        "remark": case.remark,
        "samples": _samples(case.collection),
        "shown": [file.role for file in work.files.all() if file.role in ("sketch", "input")] if work else [],
        "table": recipes.table(work) if work else [],
        "tags": [tag.name for tag in work.tags.all()] if work else [],
        "flags": [Category(flag).label for flag in case.flags if flag in Category.values],
        "unsafe": work is not None and recipes.unsafe(work.recipe.get("facts", {})),
        "reports": list(case.reports.select_related("reporter")[:50]),
        "earlier_reports": _earlier(case),
        "appeal": appeal,
        "person": case.person,
        "record": record_of(case.person),
        "reasons": reasons_for(case.person),
        "suspensions": SUSPENSIONS,
        "language": language_of(case.person),
        "may_restore": case.thing is not None and case.thing.moderation in (Moderation.HIDDEN, Moderation.REMOVED),
        "own_decision": appeal is not None and appeal.decision.moderator_id == moderator.pk,
    }


def _earlier(case: Case) -> int:
    """How many reports there were of the same thing in other cases."""
    if case.thing is None:
        return 0
    same = {f"case__{name}": thing for name, thing in cases.column(case.thing).items()}
    return Report.objects.filter(**same).exclude(case=case).count()


def _samples(collection: Collection | None) -> dict[str, Any]:
    """The first works of a collection that everybody may see, and how many there are in all. The others are opened
    with a reason, like all that is private (private.py)."""
    if collection is None:
        return {}
    everybody = collecting.works_of(collection, AnonymousUser())
    return {"works": everybody.prefetch_related("files")[:SAMPLES], "all": collection.items.count()}


def record_of(person: User) -> dict[str, Any]:
    """What is known of a person: what was decided about them, what rules they met, what they have made public."""
    since = timezone.now() - LATELY
    met = PromptHit.objects.filter(user=person, last_at__gt=since).values_list("action").annotate(n=Count("id"))
    acts = dict(
        Decision.objects.filter(person=person, undone_at=None).order_by().values_list("act").annotate(n=Count("id"))
    )
    works = Work.objects.filter(owner=person).aggregate(
        all=Count("id"), public=Count("id", filter=Q(visibility=Visibility.PUBLIC, moderation=Moderation.CLEAR))
    )
    return {
        "decisions": list(Decision.objects.filter(person=person).select_related("moderator", "appeal")[:10]),
        "warnings": acts.get(Act.WARN, 0),
        "removed": acts.get(Act.REMOVE, 0),
        "suspensions": acts.get(Act.SUSPEND, 0),
        "met": dict(met),
        "works": works["all"],
        "public": works["public"],
        "reports": Report.objects.filter(case__person=person).count(),
    }


def reasons_for(person: User) -> list[tuple[str, Any, str]]:
    """(code, label in the reader's language, suggested words in the language of `person`)."""
    with translation.override(person.language or settings.LANGUAGE_CODE):
        suggested = {category: str(text) for category, text in SUGGESTED.items()}
    return [(category.value, category.label, suggested[category]) for category in Category]


def language_of(person: User) -> str:
    """The language of `person`, by its own name."""
    return translation.get_language_info(person.language or settings.LANGUAGE_CODE)["name_local"]


def picture_role(work: Work) -> str:
    """Which file is looked at in the queue: the larger thumbnail where there is one."""
    return "thumb-640" if work.file(WorkFile.Role.THUMB_640) else "image"
