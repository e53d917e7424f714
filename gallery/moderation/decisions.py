"""What moderators decide: carried out, written down, recorded and told in one transaction; and taken back after a slip.

Hiding, taking down, approving and restoring end a case about a work, a collection or a comment. A warning or a
suspension is about the person: where such a thing is at hand, the case stays open until something is said about that.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.signing import Signer
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts import notices, records, standing
from accounts.models import Notice, User
from gallery.models import Act, Case, Category, Decision, Moderation, Remark, UnwantedFile, Work
from gallery.models.cases import Thing
from gallery.moderation import cases, unwanted
from gallery.signals import remark_judged

UNDO_WITHIN = timedelta(minutes=30)
WORDS_MAX = 1000
ABOUT_THING = {
    Act.APPROVE: Moderation.CLEAR,
    Act.RESTORE: Moderation.CLEAR,
    Act.HIDE: Moderation.HIDDEN,
    Act.REMOVE: Moderation.REMOVED,
}
NEEDS_REASON = (Act.HIDE, Act.REMOVE, Act.WARN, Act.SUSPEND)
_signer = Signer(salt="gallery.decision")


class Undecidable(Exception):
    """`code`: "gone" (closed, or another moderator has it), "reason", "words", "no_work", "appeal" or "nothing"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a moderator wants. `reason` is a Category; `words` are for the person; `until` ends a suspension."""

    act: str
    reason: str = ""
    words: str = ""
    until: datetime | None = None


def decide(moderator: User, case_id: int, wanted: Wanted) -> Decision:
    """Carry out what `moderator` decides in a case of theirs. Raises Undecidable."""
    with transaction.atomic():
        case = _held_case(moderator, case_id)
        if hasattr(case, "appeal"):
            raise Undecidable("appeal")
        decision = _apply(moderator, case.person, case.thing, wanted, case)
        if wanted.act in ABOUT_THING or case.thing is None:
            cases.close(case)
            _tell_reporters(case)
        return decision


def act_on(moderator: User, work: Work, wanted: Wanted) -> Decision:
    """The same without a case, from the admin. Raises Undecidable."""
    with transaction.atomic():
        case = Case.objects.open().select_for_update().filter(work=work).first()
        if case is not None and hasattr(case, "appeal"):
            raise Undecidable("appeal")
        decision = _apply(moderator, work.owner, work, wanted, case)
        if case is not None and wanted.act in ABOUT_THING:
            cases.close(case)
            _tell_reporters(case)
        return decision


def _held_case(moderator: User, case_id: int) -> Case:
    if cases.claim(moderator, case_id) is None:
        raise Undecidable("gone")
    return (
        Case.objects.select_for_update(of=("self",))
        .select_related("work", "collection", "remark", "person")
        .get(pk=case_id)
    )


def _apply(moderator: User, person: User, thing: Thing | None, wanted: Wanted, case: Case | None) -> Decision:
    act = Act(wanted.act)
    _check(act, thing, wanted)
    decision = Decision.objects.create(
        case=case,
        person=person,
        **cases.column(thing),
        moderator=moderator,
        act=act,
        reason=wanted.reason,
        words=wanted.words,
        before=thing.moderation if thing else "",
        until=wanted.until,
        title=title_of(thing) if thing else "",
        fingerprint=fingerprint(thing) if thing else "",
    )
    after: dict[str, Any] = {"decision": decision.pk, "act": act, "reason": wanted.reason}
    if act in ABOUT_THING and thing is not None:
        _set(thing, ABOUT_THING[act])
        if act == Act.REMOVE and isinstance(thing, Work):
            unwanted.remember(decision, thing)
        elif decision.before == Moderation.REMOVED and isinstance(thing, Work):
            unwanted.forget(thing)
        after["moderation"] = thing.moderation
    if act == Act.SUSPEND:
        why = wanted.words or str(Category(wanted.reason).label)
        standing.suspend(person, wanted.until, why)
        after["until"] = wanted.until
    target = thing if act in ABOUT_THING and thing else person
    records.record(
        moderator, act, target, why=wanted.words or wanted.reason, before={"moderation": decision.before}, after=after
    )
    _tell_person(decision)
    return decision


def _check(act: Act, thing: Thing | None, wanted: Wanted) -> None:
    if act in ABOUT_THING and thing is None and act != Act.APPROVE:
        raise Undecidable("no_work")
    if act in NEEDS_REASON and wanted.reason not in Category.values:
        raise Undecidable("reason")
    if len(wanted.words) > WORDS_MAX:
        raise Undecidable("words")


def _set(thing: Thing, moderation: str) -> None:
    thing.moderation = moderation
    type(thing)._base_manager.filter(pk=thing.pk).update(moderation=moderation)
    if isinstance(thing, Remark):
        remark_judged.send(sender=Remark, remark=thing)


# Taking back ------------------------------------------------------------------------------------------------------


def last_of(moderator: User) -> Decision | None:
    """The moderator's last decision, as long as it can be taken back as a slip."""
    since = timezone.now() - UNDO_WITHIN
    mine = Decision.objects.filter(moderator=moderator, created_at__gt=since, undone_at=None, appeal=None)
    return mine.select_related("work", "collection", "remark", "person", "case").first()


def undo(moderator: User) -> Decision:
    """Take back the moderator's last decision: a slip of the finger. Raises Undecidable("nothing")."""
    with transaction.atomic():
        decision = last_of(moderator)
        if decision is None:
            raise Undecidable("nothing")
        take_back(decision)
        records.record(moderator, "undo", decision, before={"act": decision.act}, after={"moderation": decision.before})
        _untell(decision)
        _reopen(moderator, decision)
        return decision


def take_back(decision: Decision) -> None:
    """Make undone what a decision did, where nothing was decided since. In a transaction."""
    thing = decision.thing
    did = ABOUT_THING.get(Act(decision.act))
    if thing is not None and did is not None and thing.moderation == did:
        if did == Moderation.REMOVED:
            UnwantedFile.objects.filter(decision=decision).delete()
        elif decision.before == Moderation.REMOVED and isinstance(thing, Work):
            unwanted.remember(decision, thing)
        _set(thing, decision.before or Moderation.CLEAR)
    if decision.act == Act.SUSPEND and _still_suspends(decision):
        standing.lift(decision.person)
    decision.undone_at = timezone.now()
    decision.save(update_fields=["undone_at"])


def _still_suspends(decision: Decision) -> bool:
    later = Decision.objects.filter(
        person=decision.person, act=Act.SUSPEND, undone_at=None, created_at__gt=decision.created_at
    )
    return not later.exists()


def _reopen(moderator: User, decision: Decision) -> None:
    case = decision.case
    if case is None or case.closed_at is None:
        return
    same = {"work": case.work, "collection": case.collection, "remark": case.remark, "about_person": case.about_person}
    other = Case.objects.open().filter(person=case.person, **same)
    if other.exists():
        return  # somebody has reported it again meanwhile: that case goes on
    case.closed_at, case.claimed_by, case.claimed_until = None, moderator, timezone.now() + cases.CLAIMED_FOR
    case.save(update_fields=["closed_at", "claimed_by", "claimed_until"])


# Telling ----------------------------------------------------------------------------------------------------------

_CODES = {
    Act.HIDE: "work_hidden",
    Act.REMOVE: "work_removed",
    Act.RESTORE: "work_restored",
    Act.WARN: "warned",
    Act.SUSPEND: "suspended",
}


def _tell_person(decision: Decision) -> None:
    code = _CODES.get(Act(decision.act))
    if decision.act == Act.APPROVE:
        code = {Moderation.HELD: "work_approved", Moderation.HIDDEN: "work_restored"}.get(decision.before)  # type: ignore[call-overload]
    if code is not None:
        if decision.remark_id is not None:
            code = code.replace("work_", "comment_")
        told = {"title": decision.title, "reason": decision.reason, "words": decision.words}
        notices.tell(decision.person_id, code, link=address(decision), decision=decision.pk, **told)


def _tell_reporters(case: Case) -> None:
    """Each reporter with an account hears once what became of it."""
    acted = case.decisions.filter(undone_at=None).exclude(act=Act.APPROVE).exists()
    code = "report_acted_on" if acted else "report_dismissed"
    for report in case.reports.exclude(reporter=None):
        notices.tell(report.reporter_id or 0, code, date=f"{report.created_at:%Y-%m-%d}", case=case.pk)


def _untell(decision: Decision) -> None:
    """Take back what was told, where nobody has seen it yet; who has, is told of the change."""
    told = Notice.objects.filter(params__decision=decision.pk)
    seen = set(told.exclude(seen_at=None).values_list("user_id", flat=True))
    told.delete()
    if decision.case_id is not None:
        Notice.objects.filter(params__case=decision.case_id, seen_at=None).delete()
    for user_id in seen:
        notices.tell(user_id, "decision_undone", title=decision.title)


def address(decision: Decision) -> str:
    """Where the person reads why, and can appeal. The key lets in who is suspended and cannot log in."""
    return f"{reverse('gallery:decision', args=[decision.pk])}?key={key_of(decision)}"


def key_of(decision: Decision) -> str:
    """The secret part of a decision's address."""
    return _signer.signature(str(decision.pk))


def title_of(thing: Thing) -> str:
    """A work, a collection or a comment in a sentence: its title, for a work also the beginning of its prompt, in
    quotation marks; empty without either."""
    words = thing.title or (" ".join(thing.prompt.split())[:60] if isinstance(thing, Work) else "")
    return f"“{words}”" if words else ""


def fingerprint(thing: Thing) -> str:
    """The same as long as the words of it are the same: what was approved once need not wait again."""
    told = [thing.title, thing.description]
    if isinstance(thing, Work):
        told = [thing.prompt, thing.negative_prompt, *told, *sorted(tags_of(thing))]
    return hashlib.sha256("\x00".join(told).encode()).hexdigest()


def tags_of(work: Work) -> list[str]:
    """The names of a work's tags."""
    return list(work.tags.values_list("name", flat=True))
