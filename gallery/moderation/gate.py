"""The gate: what is asked of a work, and of the person, before anybody else may see it (gallery/publishing.py).

Everything is asked anew each time something becomes public or its words change, by the rules of that moment. A work
that a moderator has approved is not held again while its words stay the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import notices
from accounts.limits import limits_of
from accounts.models import User
from gallery import recipes
from gallery.models import Act, Case, Category, Collection, Decision, Moderation, RuleAction, Visibility, Work
from gallery.moderation import cases, decisions, unwanted
from gallery.rules import prompts as prompt_rules

APPROVED = (Act.APPROVE, Act.RESTORE)


class Closed(Exception):
    """This cannot be made public. `code` is "prompt_blocked" (with `category`, a Category) or "file_unwanted"."""

    def __init__(self, code: str, category: str = "") -> None:
        super().__init__(code)
        self.code, self.category = code, category

    def __str__(self) -> str:
        """In words, for the person."""
        if self.code == "file_unwanted":
            return _("A moderator has taken this picture down. It cannot be made public again.")
        return _("The rules of this place do not allow this: %(category)s.") % self.params

    @property
    def params(self) -> dict[str, str]:
        """What fills the error's sentence, in the language of this moment."""
        return {"category": str(Category(self.category).label)} if self.category else {}


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether a work waits for a moderator, and the categories that rules or the safety checker named."""

    hold: bool
    flags: tuple[str, ...] = ()


def judge(work: Work, *, hold_all: bool) -> Ruling:
    """What the gate says of one work; `hold_all`: it waits in any case. Raises Closed."""
    flags: list[str] = []
    for text, negative in words_of(work):
        verdict = prompt_rules.check(text, negative=negative)
        if verdict.action == RuleAction.BLOCK:
            raise Closed("prompt_blocked", verdict.categories[0])
        if verdict.action == RuleAction.FLAG:
            flags += verdict.categories
    if unwanted.shows_unwanted(work):
        raise Closed("file_unwanted")
    if recipes.unsafe(work.recipe.get("facts", {})) and settings.SAFETY in ("hold", "refuse"):
        flags.append(Category.SEXUAL)
    if not (flags or hold_all) or _approved(work):
        return Ruling(False)
    return Ruling(True, tuple(dict.fromkeys(flags)))


def before_public(owner: User, works: Iterable[Work]) -> tuple[list[Work], list[Closed]]:
    """Ask about works that are to become public, in the transaction that makes them so.

    Returns those that may, and why the others may not. Of those that may, some are held (where the person's role says
    so, all that become public for the first time): that is written already, their cases are open, and the
    owner is told.
    """
    hold_all = limits_of(owner).hold_public
    passed, closed = [], []
    for work in works:
        try:
            ruling = judge(work, hold_all=hold_all and work.published_at is None)
        except Closed as reason:
            closed.append(reason)
            continue
        passed.append(work)
        if ruling.hold and work.moderation == Moderation.CLEAR:
            hold(owner, work, ruling.flags)
    return passed, closed


def after_words(owner: User, work: Work) -> None:
    """The words of a public work have changed: it may have to wait now. In the same transaction. Raises Closed."""
    if work.visibility != Visibility.PUBLIC:
        return
    ruling = judge(work, hold_all=False)
    if ruling.hold and work.moderation == Moderation.CLEAR:
        hold(owner, work, ruling.flags)


def withdrawn(works: Iterable[Work]) -> None:
    """These are private again: what only waited to be shown waits no longer. What was reported still does."""
    for case in Case.objects.open().filter(work__in=[work for work in works if work.moderation == Moderation.HELD]):
        if set(case.sources) <= {cases.HELD, cases.FLAGGED}:
            cases.close(case)
            # As if it had never been public, so that the next time is the first again.
            held = Work.objects.filter(cases=case, moderation=Moderation.HELD)
            held.update(moderation=Moderation.CLEAR, published_at=None)


def check_words(text: str) -> tuple[str, ...]:
    """Words that others read beside pictures. Returns the categories that a moderator shall look at. Raises Closed."""
    verdict = prompt_rules.check(text)
    if verdict.action == RuleAction.BLOCK:
        raise Closed("prompt_blocked", verdict.categories[0])
    return verdict.categories if verdict.action == RuleAction.FLAG else ()


def ask_collection(collection: Collection, *, first: bool) -> None:
    """The words of a collection that others see, or are about to (`first`: it becomes public now), in the transaction
    that writes them. It may have to wait, which is written already. Raises Closed."""
    flags = check_words(f"{collection.title}\n{collection.description}")
    if collection.visibility != Visibility.PUBLIC or collection.moderation != Moderation.CLEAR:
        return
    looked_at = Decision.objects.filter(collection=collection, act__in=APPROVED, undone_at=None)
    new = first and limits_of(collection.owner).hold_public and not looked_at.exists()
    if new or (flags and not looked_at.filter(fingerprint=decisions.fingerprint(collection)).exists()):
        hold(collection.owner, collection, flags)


def withdrawn_collection(collection: Collection) -> None:
    """It is private again: as `withdrawn`."""
    if collection.moderation != Moderation.HELD:
        return
    for case in Case.objects.open().filter(collection=collection):
        if set(case.sources) <= {cases.HELD, cases.FLAGGED}:
            cases.close(case)
            _write(collection, Moderation.CLEAR)


def check_said(words: str) -> None:
    """For accounts.said: names, and what people say of themselves. Raises ValidationError."""
    try:
        check_words(words)
    except Closed as closed:
        raise ValidationError(str(closed), code=closed.code) from None


def about_changed(sender: object, user: User, **rest: Any) -> None:
    """For accounts.signals.about_changed: where a rule flags what a person says of themselves, a moderator looks."""
    verdict = prompt_rules.check(user.about)
    if verdict.action == RuleAction.FLAG:
        with transaction.atomic():
            cases.open_case(user, None, cases.FLAGGED, flags=verdict.categories)


def hold(owner: User, thing: Work | Collection, flags: Iterable[str]) -> None:
    """Keep a work or a collection back until a moderator has looked at it."""
    flags = list(flags)
    with transaction.atomic():
        _write(thing, Moderation.HELD)
        cases.open_case(owner, thing, cases.FLAGGED if flags else cases.HELD, flags=flags)
        notices.tell(owner, "work_held", title=decisions.title_of(thing))


def _write(thing: Work | Collection, moderation: Moderation) -> None:
    """Between clear and held; what moderators have decided meanwhile stays."""
    thing.moderation = moderation
    undecided = type(thing)._base_manager.filter(pk=thing.pk, moderation__in=(Moderation.CLEAR, Moderation.HELD))
    undecided.update(moderation=moderation)


def words_of(work: Work) -> list[tuple[str, bool]]:
    """All the words that a work shows, and whether they say what shall not be there."""
    edits = work.recipe.get("facts", {}).get("edit") or []
    captions = [str(each.get("text", "")) for each in edits if each.get("kind") == "caption"]
    plain = [work.prompt, work.title, work.description, *decisions.tags_of(work), *captions]
    return [(text, False) for text in plain if text] + [(work.negative_prompt, True)] * bool(work.negative_prompt)


def _approved(work: Work) -> bool:
    looked_at = Decision.objects.filter(work=work, act__in=APPROVED, undone_at=None)
    return looked_at.filter(fingerprint=decisions.fingerprint(work)).exists()
