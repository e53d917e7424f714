"""Collections before moderators: reported, held for their words, hidden, taken down, appealed."""

import re

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from accounts.models import Role, StaffAction, User
from gallery import collecting, sharing
from gallery.models import Case, Collection, PromptRule, Report, Visibility, Work
from gallery.moderation import appeals, cases, decisions, gate, reports
from gallery.moderation.decisions import Wanted
from tests.gallery.conftest import BAD_WORDS, MakeWork, told
from tests.gallery.pages.test_pages import as_, page

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def sea(alice: User, public: Work, make_work: MakeWork) -> Collection:
    """A public collection of alice's with a public and a private work."""
    made = collecting.make(alice, "By the sea", "Two weeks in June")
    collecting.add(alice, made, [public.pk, make_work(alice).pk])
    collecting.set_visibility(made, Visibility.PUBLIC)
    return made


@pytest.fixture
def sea_case(sea: Collection, alice: User, bob: User) -> Case:
    return reports.report(bob, "192.0.2.1", alice, sea, reason="hate", text="the title").case


def seen_by(user: User | None, sea: Collection) -> bool:
    return as_(user).get(f"/collections/{sea.pk}/").status_code == 200


# Reporting ------------------------------------------------------------------------------------------------------------


def test_everybody_but_its_owner_reports_a_collection_from_its_page(alice: User, bob: User, sea: Collection) -> None:
    here, report = f"/collections/{sea.pk}/", f"/report/collection/{sea.pk}/"
    assert "/report/" not in page(alice, here) and as_(alice).get(report).status_code == 404
    assert report in page(bob, here)
    assert "Report this collection" in page(bob, report) and "By the sea" in page(bob, report)
    assert as_(bob).post(report, {"reason": "hate"})["Location"] == here
    assert as_(None).post(report, {"reason": "spam"}).status_code == 302
    assert as_(bob).post(report, {"reason": "nonsense"}).status_code == 422
    case = Case.objects.get()
    assert (case.collection, case.work, case.about_person, case.person) == (sea, None, False, alice)
    assert Report.objects.count() == 2
    collecting.set_visibility(sea, Visibility.PRIVATE)
    assert as_(bob).get(report).status_code == as_(bob).post(report, {"reason": "hate"}).status_code == 404


def test_visitors_report_one_collection_once_a_day(alice: User, sea: Collection) -> None:
    reports.report(None, "192.0.2.1", alice, sea, reason="spam", text="")
    with pytest.raises(reports.TooManyReports):
        reports.report(None, "192.0.2.1", alice, sea, reason="hate", text="")
    reports.report(None, "192.0.2.1", alice, None, reason="spam", text="")


def test_one_open_case_for_a_collection_whatever_else_there_is(
    alice: User, bob: User, sea: Collection, sea_case: Case
) -> None:
    assert reports.report(None, "192.0.2.2", alice, sea, reason="spam", text="").case == sea_case
    assert reports.report(bob, "192.0.2.1", alice, None, reason="spam", text="").case != sea_case
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.create(person=alice, collection=sea)


# The queue ------------------------------------------------------------------------------------------------------------


def test_the_moderator_sees_words_and_public_works_and_opens_nothing_private(
    sea: Collection, sea_case: Case, public: Work, judge: User
) -> None:
    html = page(judge, "/moderation/")
    assert "By the sea" in html and "Two weeks in June" in html and "the title" in html
    assert re.findall(r"/media/works/([0-9a-f-]{36})/thumb-320", html) == [str(public.pk)]
    assert "Hide this collection from others" in html and "data-blurred" in html


@pytest.mark.parametrize("act", ["hide", "remove"])
def test_hiding_and_taking_down_close_it_to_others_and_leave_its_works(
    act: str, sea_case: Case, public: Work, judge: User, bob: User
) -> None:
    sea, alice, after = sea_case.collection, sea_case.person, {"hide": "hidden", "remove": "removed"}[act]
    assert sea is not None
    link = f"/s/{sharing.token(sharing.create_to_collection(alice, sea.pk, 'day'))}/"
    assert as_(None).get(link).status_code == 200
    as_(judge).post("/moderation/decide/", {"case": sea_case.pk, "act": act, "reason": "hate", "words": "Not here."})
    assert seen_by(alice, sea) and not seen_by(bob, sea) and not seen_by(judge, sea)
    assert as_(None).get(link).status_code == 404
    assert "By the sea" not in page(bob, "/people/alice/")
    public.refresh_from_db()
    assert public.moderation == "clear" and as_(bob).get(f"/gallery/{public.pk}/").status_code == 200
    assert not Case.objects.open().exists()
    assert told(bob) == ["report_acted_on"] and told(alice)[-1] == f"work_{after}"
    row = StaffAction.objects.get()
    assert (row.action, row.target_kind, row.target_id) == (act, "gallery.collection", str(sea.pk))
    assert (row.before["moderation"], row.after["moderation"]) == ("clear", after)
    collecting.set_visibility(Collection.objects.get(), Visibility.PRIVATE)
    collecting.set_visibility(Collection.objects.get(), Visibility.PUBLIC)
    assert not seen_by(bob, sea), "going private and public again undoes no decision"


def test_its_owner_reads_why_and_appeals_and_it_comes_back(
    sea: Collection, sea_case: Case, judge: User, second: User, bob: User
) -> None:
    alice = sea.owner
    decision = decisions.decide(judge, sea_case.pk, BAD_WORDS)
    html = page(alice, decisions.address(decision))
    assert "Your collection was hidden" in html and "By the sea" in html and "Its works are as they were" in html
    appeal = appeals.appeal(decision, "It is a beach.")
    assert appeal.case is not None and appeal.case.collection == sea
    assert cases.claim_next(judge) is None, "somebody else answers"
    assert cases.claim_next(second) == appeal.case
    appeals.answer(second, appeal.case.pk, grant=True, words="Right.")
    assert seen_by(bob, sea) and told(alice)[-1] == "appeal_granted"


def test_a_slip_is_taken_back_and_the_case_is_open_again(
    sea: Collection, sea_case: Case, judge: User, bob: User
) -> None:
    decisions.decide(judge, sea_case.pk, BAD_WORDS)
    decisions.undo(judge)
    assert seen_by(bob, sea) and Case.objects.open().get() == sea_case


def test_a_collection_that_is_gone_leaves_a_case_that_can_be_closed(
    sea: Collection, sea_case: Case, judge: User
) -> None:
    sea.delete()
    assert "It is gone" in page(judge, "/moderation/")
    decisions.decide(judge, sea_case.pk, Wanted("approve"))
    assert not Case.objects.open().exists()


# Before it is shown ---------------------------------------------------------------------------------------------------


def test_flagged_words_wait_for_a_moderator_and_not_twice(alice: User, bob: User, judge: User, sea: Collection) -> None:
    PromptRule.objects.create(pattern="heffalump", action="flag", category="violence")
    answer = as_(alice).post(f"/collections/{sea.pk}/describe/", {"title": "A heffalump"}, follow=True)
    assert "waiting for review" in answer.content.decode()
    case = Case.objects.get()
    assert (case.collection, case.flags, not seen_by(bob, sea)) == (sea, ["violence"], True)
    assert told(alice) == ["work_held"]
    decisions.decide(judge, case.pk, Wanted("approve"))
    assert seen_by(bob, sea) and told(alice)[-1] == "work_approved"
    for visibility in (Visibility.PRIVATE, Visibility.PUBLIC):
        collecting.set_visibility(Collection.objects.get(), visibility)
    assert seen_by(bob, sea), "the same words were looked at"
    assert not mail.outbox


def test_new_people_wait_with_their_first_collection_too(alice: User, bob: User, judge: User) -> None:
    Role.objects.filter(group__name="member").update(hold_public=True)
    made = collecting.make(alice, "Boats")
    answer = as_(alice).post(f"/collections/{made.pk}/visibility/", {"visibility": "public"}, follow=True)
    assert "when a moderator has looked at it" in answer.content.decode() and not seen_by(bob, made)
    collecting.set_visibility(Collection.objects.get(), Visibility.PRIVATE)
    made.refresh_from_db()
    assert made.moderation == "clear" and not Case.objects.open().exists()
    collecting.set_visibility(made, Visibility.PUBLIC)
    decisions.decide(judge, Case.objects.open().get().pk, Wanted("approve"))
    collecting.describe(Collection.objects.get(), "Boats and ships", "")
    assert seen_by(bob, made)


def test_blocked_words_change_nothing(sea: Collection) -> None:
    PromptRule.objects.create(pattern="heffalump", action="block", category="violence")
    with pytest.raises(gate.Closed):
        collecting.describe(sea, "Boats", "heffalump")
    assert Collection.objects.get().title == "By the sea" and not Case.objects.exists()
