"""The gate before what is public, and appeals: what waits, what stays private, who answers."""

import pytest

from accounts.models import User
from gallery import collecting, publishing
from gallery.models import Appeal, Case, Decision, PromptRule, UnwantedFile, Visibility, Work
from gallery.moderation import appeals, cases, decisions, gate, reports
from gallery.moderation.decisions import Undecidable, Wanted
from tests.gallery.conftest import BAD_WORDS, MakeWork, told

pytestmark = pytest.mark.django_db


# The gate -------------------------------------------------------------------------------------------------------------


def test_blocked_words_do_not_become_public(alice: User, make_work: MakeWork) -> None:
    PromptRule.objects.create(pattern="heffalump", action="block", category="violence")
    work = make_work(alice)
    publishing.describe(alice, work.pk, title="My heffalump")  # for oneself
    with pytest.raises(gate.Closed, match="not allow this: violence") as closed:
        publishing.set_visibility(alice, [work.pk], Visibility.PUBLIC)
    assert closed.value.params == {"category": "violence"}
    publishing.describe(alice, work.pk, title="My boat")
    publishing.set_visibility(alice, [work.pk], Visibility.PUBLIC)
    for change in (
        lambda: publishing.describe(alice, work.pk, description="a heffalump"),
        lambda: publishing.set_tags(alice, work.pk, ["heffalump"]),
        lambda: publishing.tag(alice, [work.pk], add=["heffalump"]),
    ):
        with pytest.raises(gate.Closed):
            change()
    work.refresh_from_db()
    assert (work.description, work.tags.count(), work.title) == ("", 0, "My boat")


def test_the_title_of_a_collection_for_others_is_asked_too(alice: User) -> None:
    PromptRule.objects.create(pattern="heffalump", action="block", category="violence")
    mine = collecting.make(alice, "My heffalumps, a heffalump")
    with pytest.raises(gate.Closed):
        collecting.set_visibility(mine, Visibility.UNLISTED)
    mine.refresh_from_db()
    assert mine.visibility == "private"
    collecting.describe(mine, "Boats", "")
    collecting.set_visibility(mine, Visibility.PUBLIC)
    with pytest.raises(gate.Closed, match="not allow this: violence"):
        collecting.describe(mine, "Boats", "heffalump")


def test_the_api_says_why_a_work_stays_private(alice: User, client, make_work: MakeWork) -> None:
    PromptRule.objects.create(pattern="heffalump", action="block", category="violence")
    work = make_work(alice, params={"prompt": "a heffalump"})
    client.force_login(alice)
    answer = client.patch(f"/api/v1/works/{work.pk}", {"visibility": "public"}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (422, "prompt_blocked")
    assert "violence" in answer.json()["message"]


def test_what_is_private_again_no_longer_waits(alice: User, bob: User, make_work: MakeWork) -> None:
    work = make_work(alice, params={"prompt": "naked"})
    publishing.set_visibility(alice, [work.pk], Visibility.PUBLIC)
    publishing.set_visibility(alice, [work.pk], Visibility.PRIVATE)
    work.refresh_from_db()
    assert work.moderation == "clear" and not Case.objects.open().exists()
    publishing.set_visibility(alice, [work.pk], Visibility.PUBLIC)
    reports.report(bob, "192.0.2.1", alice, work, reason="sexual", text="")
    publishing.set_visibility(alice, [work.pk], Visibility.PRIVATE)
    work.refresh_from_db()
    assert work.moderation == "held" and Case.objects.open().exists()


def test_a_role_can_hold_everything(alice: User, make_work: MakeWork, django_db_setup) -> None:
    from accounts.models import Role

    Role.objects.filter(group__name="member").update(hold_public=True)
    work = make_work(alice)
    publishing.set_visibility(alice, [work.pk], Visibility.PUBLIC)
    assert Case.objects.get().sources == ["held"]


def test_the_safety_checkers_word_holds_a_work(alice: User, make_work: MakeWork, settings) -> None:
    work = make_work(alice)
    work.recipe["facts"]["safety"] = {"unsafe": True}
    work.save()
    publishing.set_visibility(alice, [work.pk], Visibility.PUBLIC)
    work.refresh_from_db()
    assert work.moderation == "held"


# Appeals --------------------------------------------------------------------------------------------------------------


def test_another_moderator_answers_an_appeal(case: Case, judge: User, second: User, public: Work, alice: User) -> None:
    decision = decisions.decide(judge, case.pk, Wanted("remove", "hate"))
    made = appeals.appeal(decision, "It is a boat.")
    with pytest.raises(appeals.NoAppeal):
        appeals.appeal(Decision.objects.get(pk=decision.pk), "again")
    assert cases.claim_next(judge) is None
    found = cases.claim_next(second)
    assert found is not None and found == made.case
    with pytest.raises(Undecidable, match="appeal"):
        decisions.decide(second, found.pk, Wanted("approve"))
    appeals.answer(second, found.pk, grant=True, words="You are right.")
    public.refresh_from_db()
    assert public.moderation == "clear" and not UnwantedFile.objects.exists()
    assert told(alice) == ["work_removed", "appeal_granted"]
    assert Appeal.objects.get().outcome == "granted"


def test_an_only_moderator_answers_even_their_own(case: Case, judge: User, public: Work, alice: User) -> None:
    decision = decisions.decide(judge, case.pk, BAD_WORDS)
    appeals.appeal(decision, "No!")
    found = cases.claim_next(judge)
    assert found is not None
    appeals.answer(judge, found.pk, grant=False, words="It stays.")
    public.refresh_from_db()
    assert public.moderation == "hidden" and told(alice)[-1] == "appeal_upheld"
    with pytest.raises(Undecidable, match="nothing"):
        decisions.undo(judge)


def test_approvals_and_empty_words_cannot_be_appealed(case: Case, judge: User) -> None:
    decision = decisions.decide(judge, case.pk, Wanted("approve"))
    with pytest.raises(appeals.NoAppeal):
        appeals.appeal(decision, "x")
    decision.act = "hide"
    with pytest.raises(appeals.NoAppeal):
        appeals.appeal(decision, "  ")
