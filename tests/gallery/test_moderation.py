"""Reports, the queue, decisions and appeals: what each does to the work, the people, the record and the notices."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import records
from accounts.models import Notice, StaffAction, User
from gallery import publishing
from gallery.models import Case, Decision, Moderation, Report, UnwantedFile, Visibility, Work
from gallery.moderation import cases, decisions, gate, reports
from gallery.moderation.decisions import Undecidable, Wanted
from tests.gallery.conftest import BAD_WORDS, MakeWork, png, told

pytestmark = pytest.mark.django_db


# Reports --------------------------------------------------------------------------------------------------------------


def test_all_reports_of_one_item_are_one_case(case: Case, public: Work, alice: User, mod: User) -> None:
    before = case.priority
    again = reports.report(mod, "192.0.2.2", alice, public, reason="minors", text="")
    assert again.case == case and case.reports.count() == 2
    case.refresh_from_db()
    assert case.priority > before
    assert reports.report(None, "2001:db8::1", alice, public, reason="spam", text="").reporter is None
    other = reports.report(mod, "192.0.2.2", alice, None, reason="spam", text="")
    assert other.case != case and other.case.about_person


def test_a_second_report_by_the_same_person_replaces_the_first(
    case: Case, public: Work, bob: User, alice: User
) -> None:
    reports.report(bob, "192.0.2.1", alice, public, reason="spam", text="other")
    assert Report.objects.get().reason == "spam"


def test_visitors_cannot_flood_us(public: Work, alice: User, bob: User, settings, make_work: MakeWork) -> None:
    settings.REPORTS_PER_ADDRESS = 2
    reports.report(None, "192.0.2.1", alice, public, reason="spam", text="")
    with pytest.raises(reports.TooManyReports):
        reports.report(None, "192.0.2.1", alice, public, reason="spam", text="")
    reports.report(None, "192.0.2.1", bob, None, reason="spam", text="")
    with pytest.raises(reports.TooManyReports):
        reports.report(None, "192.0.2.1", alice, None, reason="spam", text="")
    reports.report(None, "2001:db8:1:2::1", alice, public, reason="spam", text="")
    with pytest.raises(reports.TooManyReports):  # another address of the same network
        reports.report(None, "2001:db8:1:2::ffff", alice, public, reason="spam", text="")
    assert "192.0.2.1" not in "".join(Report.objects.values_list("address", flat=True))


# The queue ------------------------------------------------------------------------------------------------------------


def test_two_moderators_never_get_the_same_case(case: Case, judge: User, second: User, bob: User) -> None:
    other = reports.report(None, "192.0.2.9", bob, None, reason="spam", text="").case
    assert cases.claim_next(judge) == case  # hate before spam
    assert cases.claim_next(second) == other
    assert cases.claim_next(judge) == case
    assert cases.claim(second, case.pk) is None
    with pytest.raises(Undecidable, match="gone"):
        decisions.decide(second, case.pk, BAD_WORDS)
    Case.objects.filter(pk=case.pk).update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert cases.claim(second, case.pk) == case


def test_next_passes_over_and_comes_back_in_the_end(case: Case, judge: User, bob: User) -> None:
    other = reports.report(None, "192.0.2.9", bob, None, reason="spam", text="").case
    assert cases.claim_next(judge, passed=[case.pk]) == other
    assert cases.claim_next(judge, passed=[case.pk, other.pk]) == case


def test_nobody_judges_themselves(judge: User, second: User, make_work: MakeWork, bob: User) -> None:
    work = make_work(judge, visibility="public")
    case = reports.report(bob, "192.0.2.1", judge, work, reason="hate", text="").case
    assert cases.claim_next(judge) is None
    assert cases.claim_next(second) == case


def test_members_are_no_moderators(case: Case, alice: User, bob: User, judge: User, second: User) -> None:
    assert set(cases.moderators()) == {judge, second}
    assert not cases.is_alone(judge)
    User.objects.filter(pk=second.pk).update(suspended_at=timezone.now())
    assert cases.is_alone(judge)


# Decisions ------------------------------------------------------------------------------------------------------------


def test_hiding_ends_the_case_and_tells_everybody(
    case: Case, judge: User, public: Work, alice: User, bob: User
) -> None:
    decision = decisions.decide(judge, case.pk, BAD_WORDS)
    public.refresh_from_db()
    case.refresh_from_db()
    assert public.moderation == Moderation.HIDDEN and case.closed_at is not None
    assert (told(alice), told(bob)) == (["work_hidden"], ["report_acted_on"])
    row = StaffAction.objects.get()
    assert (row.actor, row.action, row.why) == ("mod", "hide", "Regel 3 / 规则三")
    assert (row.before["moderation"], row.after["moderation"]) == ("clear", "hidden")
    assert decision.title.startswith("“a red boat") and not list(records.faults())


def test_approving_lets_a_held_work_out(judge: User, alice: User, make_work: MakeWork) -> None:
    work = make_work(alice, params={"prompt": "a naked man, classical statue"})
    publishing.set_visibility(alice, [work.pk], Visibility.PUBLIC)
    work.refresh_from_db()
    assert (work.moderation, work.visibility, told(alice)) == ("held", "public", ["work_held"])
    case = Case.objects.get()
    assert (case.sources, case.flags) == (["flagged"], ["sexual"])
    decisions.decide(judge, case.pk, Wanted("approve"))
    work.refresh_from_db()
    assert work.moderation == "clear" and told(alice)[-1] == "work_approved"
    publishing.set_visibility(alice, [work.pk], Visibility.PRIVATE)
    publishing.set_visibility(alice, [work.pk], Visibility.PUBLIC)
    work.refresh_from_db()
    assert work.moderation == "clear"  # looked at once, the same words
    publishing.describe(alice, work.pk, title="still naked")
    work.refresh_from_db()
    assert work.moderation == "held"  # other words


def test_what_is_taken_down_is_gone_for_everybody_at_once(case: Case, judge: User, bob: User, fetch) -> None:
    alice, public = case.person, case.work
    address = f"/media/works/{public.pk}/image"
    assert fetch(bob, address)[0].status_code == 200
    decisions.decide(judge, case.pk, Wanted("remove", "minors"))
    for person in (alice, bob, judge, None):
        for role in ("image", "thumb-320", "thumb-640"):
            assert fetch(person, f"/media/works/{public.pk}/{role}")[0].status_code == 404
    assert not Work.objects.of(alice).exists() and not Work.objects.visible_to(alice).exists()
    assert not Work.objects.explored().exists()


def test_the_same_picture_does_not_come_back(case: Case, judge: User, public: Work, alice: User, make_work) -> None:
    decisions.decide(judge, case.pk, Wanted("remove", "hate"))
    again, drawn, other = (
        make_work(alice),
        make_work(alice, data=png(colour="red"), sketch=png()),
        make_work(alice, data=png(colour="red")),
    )
    for copy in (again, drawn):
        with pytest.raises(gate.Closed, match="taken this picture down"):
            publishing.set_visibility(alice, [copy.pk], Visibility.PUBLIC)
    assert publishing.set_visibility(alice, [again.pk, other.pk], Visibility.PUBLIC) == 1
    assert set(Work.objects.explored()) == {other}
    decisions.undo(judge)
    assert not UnwantedFile.objects.exists()
    publishing.set_visibility(alice, [again.pk], Visibility.PUBLIC)


def test_a_warning_leaves_the_work_to_be_decided(case: Case, judge: User, alice: User) -> None:
    decisions.decide(judge, case.pk, Wanted("warn", "hate", "Please read the rules."))
    case.refresh_from_db()
    assert case.closed_at is None and told(alice) == ["warned"]
    decisions.decide(judge, case.pk, Wanted("approve"))
    case.refresh_from_db()
    assert case.closed_at is not None


def test_a_suspension_has_an_end_and_shows_the_reason(judge: User, alice: User, bob: User) -> None:
    case = reports.report(bob, "192.0.2.1", alice, None, reason="hate", text="").case
    until = timezone.now() + timedelta(days=7)
    decisions.decide(judge, case.pk, Wanted("suspend", "hate", "A week.", until))
    alice.refresh_from_db()
    case.refresh_from_db()
    assert alice.is_suspended and alice.suspended_until == until and alice.suspended_reason == "A week."
    assert case.closed_at is not None
    decisions.undo(judge)
    alice.refresh_from_db()
    case.refresh_from_db()
    assert not alice.is_suspended and case.claimed_by == judge and told(alice) == []


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (Wanted("hide"), "reason"),
        (Wanted("hide", "nonsense"), "reason"),
        (Wanted("hide", "hate", "x" * 1001), "words"),
        (Wanted("warn"), "reason"),
    ],
)
def test_a_decision_needs_a_reason(case: Case, judge: User, wanted: Wanted, code: str) -> None:
    with pytest.raises(Undecidable, match=code):
        decisions.decide(judge, case.pk, wanted)
    assert not Decision.objects.exists() and not StaffAction.objects.exists()


def test_a_case_about_a_person_has_no_work_to_hide(judge: User, alice: User, bob: User) -> None:
    case = reports.report(bob, "192.0.2.1", alice, None, reason="hate", text="").case
    with pytest.raises(Undecidable, match="no_work"):
        decisions.decide(judge, case.pk, BAD_WORDS)
    decisions.decide(judge, case.pk, Wanted("approve"))
    assert told(bob) == ["report_dismissed"]


def test_a_slip_is_taken_back_with_what_was_told(case: Case, judge: User, public: Work, alice: User, bob: User) -> None:
    decisions.decide(judge, case.pk, BAD_WORDS)
    Notice.objects.filter(user=alice).update(seen_at=timezone.now())
    decisions.undo(judge)
    public.refresh_from_db()
    case.refresh_from_db()
    assert (public.moderation, case.closed_at, case.claimed_by) == ("clear", None, judge)
    assert (told(alice), told(bob)) == (["decision_undone"], [])
    assert [row.action for row in StaffAction.objects.order_by("number")] == ["hide", "undo"]
    with pytest.raises(Undecidable, match="nothing"):
        decisions.undo(judge)
