"""Appeals: whom a decision is about may object once, in words; another moderator looks at it, where there is one."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import notices, records
from accounts.models import User
from gallery.models import Act, Appeal, Case, Decision
from gallery.moderation import cases, decisions
from gallery.moderation.decisions import Undecidable

WITHIN = timedelta(days=180)
AGAINST = (Act.HIDE, Act.REMOVE, Act.WARN, Act.SUSPEND)
WORDS_MAX = 2000


class NoAppeal(Exception):
    """This decision cannot be appealed (any more)."""


def may_appeal(decision: Decision) -> bool:
    """Whether the person can still object to it."""
    fresh = decision.created_at > timezone.now() - WITHIN
    return decision.act in AGAINST and decision.undone_at is None and fresh and not hasattr(decision, "appeal")


def appeal(decision: Decision, words: str) -> Appeal:
    """Object to `decision`; the caller knows that it is the person who does. Raises NoAppeal."""
    if not may_appeal(decision) or not words.strip():
        raise NoAppeal
    try:
        with transaction.atomic():
            case = _case_for(decision)
            return Appeal.objects.create(decision=decision, case=case, words=words.strip()[:WORDS_MAX])
    except IntegrityError:
        raise NoAppeal from None  # sent twice


def _case_for(decision: Decision) -> Case:
    """The open case about the same thing, or a new one: what else is there is decided together with the appeal."""
    about = decision.thing if decision.act in decisions.ABOUT_THING else None
    case = cases.open_case(decision.person, about, cases.APPEAL)
    if Appeal.objects.filter(case=case).exists():
        # Two decisions about one thing: the second can be appealed when the first appeal has its answer.
        raise NoAppeal
    return case


def answer(moderator: User, case_id: int, *, grant: bool, words: str) -> Appeal:
    """Decide an appeal; granted means that the decision is taken back. Raises Undecidable."""
    if len(words) > decisions.WORDS_MAX:
        raise Undecidable("words")
    with transaction.atomic():
        if cases.claim(moderator, case_id) is None:
            raise Undecidable("gone")
        case = Case.objects.select_for_update(of=("self",)).get(pk=case_id)
        found = (
            Appeal.objects.select_related(
                "decision__work", "decision__collection", "decision__remark", "decision__person"
            )
            .filter(case=case)
            .first()
        )
        if found is None:
            raise Undecidable("appeal")
        if grant:
            decisions.take_back(found.decision)
        found.outcome = Appeal.Outcome.GRANTED if grant else Appeal.Outcome.UPHELD
        found.answer, found.moderator, found.decided_at = words, moderator, timezone.now()
        found.save(update_fields=["outcome", "answer", "moderator", "decided_at"])
        told = {"act": found.decision.act, "outcome": found.outcome}
        records.record(moderator, "answer_appeal", found, why=words, before={"outcome": "open"}, after=told)
        cases.close(case)
        code = "appeal_granted" if grant else "appeal_upheld"
        notices.tell(found.decision.person_id, code, link=decisions.address(found.decision), words=words)
        return found
