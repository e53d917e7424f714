"""The pages of moderation: who gets in, what a form does, and that a private work is never just opened."""

import re
import uuid

import pytest
from django.test import Client

from accounts.models import Notice, StaffAction, User
from gallery import publishing
from gallery.models import Appeal, Case, Decision, Report, Visibility, Work
from gallery.moderation import cases, decisions, reports
from gallery.moderation.decisions import Wanted
from tests.conftest import make_moderator
from tests.gallery.conftest import MakeWork

pytestmark = pytest.mark.django_db
QUEUE = "/moderation/"


def browser(user: User | None = None) -> Client:
    client = Client()
    if user:
        client.force_login(user)
    return client


@pytest.fixture
def case(public: Work, bob: User, alice: User) -> Case:
    return reports.report(bob, "192.0.2.1", alice, public, reason="hate", text="<script>alert(1)</script>").case


# Reporting ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["bob", None])
def test_anybody_reports_a_public_work(public: Work, bob: User, who: str | None) -> None:
    client = browser(bob if who else None)
    page = client.get(f"/report/work/{public.pk}/").content.decode()
    assert "Report this work" in page and "alice" in page
    answer = client.post(f"/report/work/{public.pk}/", {"reason": "hate", "text": "look"})
    assert answer.status_code == 302
    report = Report.objects.get()
    assert (report.reason, report.text, report.reporter) == ("hate", "look", bob if who else None)


def test_a_person_with_a_public_page_is_reported_by_name(alice: User, bob: User, public: Work) -> None:
    assert browser().post("/report/person/alice/", {"reason": "spam"}).status_code == 302
    assert Case.objects.get().about_person
    assert browser().get("/report/person/nobody-there/").status_code == 404
    assert browser().get(f"/report/person/{bob.username}/").status_code == 404, "nobody learns who has an account"
    assert browser(alice).get("/report/person/alice/").status_code == 404


def test_what_one_may_not_see_cannot_be_reported(bob: User, alice: User, make_work: MakeWork) -> None:
    for fields in ({}, {"visibility": "unlisted"}, {"visibility": "public", "moderation": "hidden"}):
        work = make_work(alice, **fields)
        assert browser(bob).post(f"/report/work/{work.pk}/", {"reason": "hate"}).status_code == 404
    assert browser(bob).get(f"/report/work/{uuid.uuid4()}/").status_code == 404
    assert browser(bob).get("/report/shared/nonsense/").status_code == 404
    assert not Report.objects.exists()


@pytest.mark.parametrize("form", [{}, {"reason": "nonsense"}, {"reason": "hate", "text": "x" * 1001}])
def test_a_report_needs_a_reason_and_few_words(public: Work, form: dict[str, str]) -> None:
    answer = browser().post(f"/report/work/{public.pk}/", form)
    assert answer.status_code == 422 and not Report.objects.exists()
    assert 'role="alert"' in answer.content.decode()


def test_robots_and_floods_leave_nothing(public: Work) -> None:
    robot = {"reason": "spam", "website": "https://example.org"}
    assert browser().post(f"/report/work/{public.pk}/", robot).status_code == 302
    assert not Report.objects.exists()
    assert browser().post(f"/report/work/{public.pk}/", {"reason": "spam"}).status_code == 302
    assert browser().post(f"/report/work/{public.pk}/", {"reason": "spam"}).status_code == 422


# The queue ------------------------------------------------------------------------------------------------------------


def test_the_queue_is_for_moderators(case: Case, alice: User, bob: User) -> None:
    paths = [QUEUE, f"{QUEUE}{case.pk}/image", f"{QUEUE}private/"]
    acts = [f"{QUEUE}{name}/" for name in ("decide", "answer", "next", "undo")]
    staff = User.objects.create_user("clerk", is_staff=True)
    for person in (alice, bob, staff):
        assert {browser(person).get(path).status_code for path in paths} == {403}
        assert {browser(person).post(path, {"case": case.pk}).status_code for path in acts} == {403}
    assert {browser().get(path).status_code for path in paths} == {302}
    assert {browser().post(path, {"case": case.pk}).status_code for path in acts} == {302}


def test_a_case_shows_all_there_is_to_know(case: Case, judge: User) -> None:
    page = browser(judge).get(QUEUE).content.decode()
    for shown in ("a red boat", "hate or harassment", "&lt;script&gt;", "bob", "alice", "1 case waits", "data-blurred"):
        assert shown in page
    assert "<script>alert" not in page
    assert browser(judge).get(f"{QUEUE}{case.pk}/image")["Content-Type"] == "image/png"
    assert browser(judge).get(f"{QUEUE}{case.pk}/mask").status_code == 404
    assert browser(judge).get(f"{QUEUE}999/image").status_code == 404


def test_the_page_of_a_case_asks_few_queries(case: Case, judge: User, django_assert_max_num_queries) -> None:
    alice = case.person
    for n in range(20):
        reports.report(None, f"192.0.2.{n + 50}", alice, case.work, reason="spam", text=str(n))
        Decision.objects.create(person=alice, moderator=judge, act="warn", reason="spam")
    client = browser(judge)
    client.get(QUEUE)
    with django_assert_max_num_queries(32):
        client.get(QUEUE)


def test_deciding_by_the_form(case: Case, judge: User, public: Work, alice: User) -> None:
    client = browser(judge)
    form = {"case": case.pk, "act": "hide", "reason": "hate", "words": "Nobody may be attacked."}
    assert (
        client.post(f"{QUEUE}decide/", form | {"reason": ""}, follow=True)
        .content.decode()
        .count("Please give a reason")
    )
    assert client.post(f"{QUEUE}decide/", form).status_code == 302
    public.refresh_from_db()
    assert public.moderation == "hidden"
    page = client.get(QUEUE).content.decode()
    assert "Nothing to do" in page and "Take back “hide”" in page
    client.post(f"{QUEUE}undo/")
    public.refresh_from_db()
    assert public.moderation == "clear"


@pytest.mark.parametrize(
    "form",
    [
        {}, {"case": "x", "act": "hide"}, {"case": "1", "act": "explode"}, {"case": "9" * 30, "act": "hide"},
        {"case": "1", "act": "suspend", "reason": "hate", "days": "-1"},
        {"case": "1", "act": "suspend", "reason": "hate", "days": "99999"},
    ],
)  # fmt: skip
def test_nonsense_is_a_bad_request(judge: User, form: dict[str, str]) -> None:
    assert browser(judge).post(f"{QUEUE}decide/", form).status_code == 400


def test_a_case_of_another_moderator_is_told_so(case: Case, judge: User) -> None:
    other = make_moderator(User.objects.create_user("mod2"))
    assert cases.claim_next(other) == case
    form = {"case": case.pk, "act": "approve"}
    assert "another moderator has it" in browser(judge).post(f"{QUEUE}decide/", form, follow=True).content.decode()
    assert not Decision.objects.exists()


def test_next_goes_on_to_the_next(case: Case, judge: User, bob: User) -> None:
    other = reports.report(None, "192.0.2.9", bob, None, reason="spam", text="").case
    client = browser(judge)
    assert f'data-case="{case.pk}"' in client.get(QUEUE).content.decode()
    client.post(f"{QUEUE}next/", {"case": case.pk})
    assert f'data-case="{other.pk}"' in client.get(QUEUE).content.decode()


# The person -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def decision(case: Case, judge: User) -> Decision:
    return decisions.decide(judge, case.pk, Wanted("remove", "hate", "Not here."))


def test_the_owner_reads_why_and_appeals_once(decision: Decision, alice: User, judge: User) -> None:
    client = browser(alice)
    link = Notice.objects.get(user=alice).link
    page = client.get(link).content.decode()
    assert "Your work was taken down" in page and "Not here." in page and "hate or harassment" in page
    assert client.post(link, {"words": "It is a boat."}).status_code == 302
    assert "It is a boat." in client.get(link).content.decode()
    client.post(link, {"words": "Again!"})
    assert Appeal.objects.get().words == "It is a boat."
    assert "taken down" not in browser(judge).get(QUEUE).content.decode() or Case.objects.open().exists()
    assert "hate or harassment" in client.get("/moderation/mine/").content.decode()


def test_who_is_suspended_appeals_by_the_key_of_the_notice(decision: Decision) -> None:
    assert browser().post(decisions.address(decision), {"words": "I cannot log in."}).status_code == 302
    assert Appeal.objects.exists()


def test_bob_and_nobody_read_nothing(decision: Decision, bob: User) -> None:
    for person in (bob, None):
        for address in (f"/moderation/decisions/{decision.pk}/", f"/moderation/decisions/{decision.pk}/?key=x"):
            assert browser(person).get(address).status_code == 404
            assert browser(person).post(address, {"words": "x"}).status_code == 404
    assert browser().get("/moderation/mine/").status_code == 302
    assert not Appeal.objects.exists()


def test_the_owner_of_a_work_that_is_gone_is_led_to_the_reason(decision: Decision, alice: User, bob: User) -> None:
    answer = browser(alice).get(f"/gallery/{decision.work_id}/")
    assert answer.status_code == 302 and f"/moderation/decisions/{decision.pk}/" in answer["Location"]
    assert browser(bob).get(f"/gallery/{decision.work_id}/").status_code == 404


def test_an_appeal_is_answered_by_the_form(decision: Decision, judge: User, alice: User, public: Work) -> None:
    browser(alice).post(decisions.address(decision), {"words": "It is a boat."})
    other = make_moderator(User.objects.create_user("mod2"))
    client = browser(other)
    page = client.get(QUEUE).content.decode()
    assert "It is a boat." in page and "Let it stand" in page
    case = re.search(r'data-case="(\d+)"', page)
    assert case
    assert client.post(f"{QUEUE}answer/", {"case": case[1], "grant": "x"}).status_code == 400
    client.post(f"{QUEUE}answer/", {"case": case[1], "grant": "1", "words": "Right."})
    public.refresh_from_db()
    assert public.moderation == "clear"


# Private works --------------------------------------------------------------------------------------------------------


def test_a_private_work_is_opened_with_a_reason_that_is_recorded_and_told(judge: User, alice: User, make_work) -> None:
    work = make_work(alice)
    client = browser(judge)
    assert "data:image" not in client.get(f"/moderation/private/?work={work.pk}").content.decode()
    short = client.post("/moderation/private/", {"work": work.pk, "why": "curious"})
    assert short.status_code == 422 and not StaffAction.objects.exists()
    why = "A court asks for it, file 12/3."
    page = client.post("/moderation/private/", {"work": work.pk, "why": why}).content.decode()
    assert "data:image/webp;base64," in page and "a red boat" in page
    row = StaffAction.objects.get()
    assert (row.action, row.why, row.target_id) == ("open_private", "A court asks for it, file 12/3.", str(work.pk))
    assert "file 12/3" in Notice.objects.get(user=alice).params["words"]


def test_only_who_may_can_keep_it_from_the_owner(judge: User, admin_user: User, alice: User, make_work) -> None:
    work = make_work(alice)
    form = {"work": work.pk, "why": "A court asks for it.", "legal_hold": "on"}
    browser(judge).post("/moderation/private/", form)
    assert Notice.objects.filter(user=alice).count() == 1
    browser(admin_user).post("/moderation/private/", form)
    assert Notice.objects.filter(user=alice).count() == 1
    assert [row.after["legal_hold"] for row in StaffAction.objects.order_by("number")] == [False, True]


def test_a_work_that_is_not_there_is_told(judge: User) -> None:
    answer = browser(judge).post("/moderation/private/", {"work": uuid.uuid4(), "why": "A court asks for it."})
    assert answer.status_code == 422 and not StaffAction.objects.exists()


def test_shared_works_and_peoples_pages_lead_to_the_report(alice: User, bob: User, make_work: MakeWork) -> None:
    from gallery import sharing

    work = make_work(alice)
    token = sharing.token(sharing.create(alice, work.pk, "day"))
    report = f"/report/shared/{token}/"
    assert report in browser(bob).get(f"/s/{token}/").content.decode()
    assert report not in browser(alice).get(f"/s/{token}/").content.decode()
    assert browser(bob).post(report, {"reason": "hate"}).status_code == 302
    assert Case.objects.get().work == work
    publishing.set_visibility(alice, [work.pk], Visibility.PUBLIC)
    page = browser(bob).get("/report/person/alice/")
    assert page.status_code == 200
