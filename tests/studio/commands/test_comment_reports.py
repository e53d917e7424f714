"""Comments on boards before moderators: reported, hidden, appealed; and whose data they are."""

from typing import Any
from uuid import UUID

import pytest

from accounts.models import User
from gallery.models import Case, Remark
from gallery.moderation import appeals, decisions
from gallery.moderation.decisions import Wanted
from studio.commands import comments
from studio.models import Board, BoardComment, BoardThread
from studio.worker import belongings
from tests.studio.commenting import as_, board, carol, heard, listed, say, watcher

pytestmark = pytest.mark.django_db
__all__ = ["board", "carol", "heard", "watcher"]  # fixtures


@pytest.fixture
def case(board: Board, alice: User, carol: User) -> Case:
    """A comment of carol's that alice has reported."""
    comment = say(carol, board, "You all draw badly")
    say(alice, board, "Secret words beside it", thread=comment.thread_id)
    assert as_(alice).post(f"/report/comment/{comment.pk}/", {"reason": "hate"}).status_code == 302
    return Case.objects.get()


def test_who_can_read_a_comment_reports_it_but_for_its_author(
    board: Board, alice: User, bob: User, carol: User, watcher: User
) -> None:
    comment = say(carol, board, "You all draw badly")
    page = f"/report/comment/{comment.pk}/"
    assert "You all draw badly" in as_(watcher).get(page).content.decode()
    assert as_(watcher).post(page, {"reason": "nonsense"}).status_code == 422
    assert not Remark.objects.exists()
    assert as_(watcher).post(page, {"reason": "spam"})["Location"] == f"/studio/?board={board.pk}"
    for user, status in ((carol, 404), (bob, 404), (None, 302)):
        assert as_(user).get(page).status_code == as_(user).post(page, {"reason": "spam"}).status_code == status
    case = Case.objects.get()
    assert (case.remark_id, case.person, case.remark.text) == (comment.pk, carol, "You all draw badly")
    comments.edit(carol, board.pk, comment.pk, "And you smell")
    as_(alice).post(page, {"reason": "hate"})
    case.remark.refresh_from_db()
    assert (Case.objects.count(), case.remark.text) == (1, "And you smell")


def test_moderators_see_the_reported_words_alone_and_hide_them(board: Board, case: Case, mod: User, heard: Any) -> None:
    alice, carol = board.owner, case.person
    html = as_(mod).get("/moderation/").content.decode()
    assert "You all draw badly" in html and "Hide this comment from others" in html
    assert "Secret words" not in html and str(board.pk) not in html
    assert as_(mod).get(f"/api/v1/boards/{board.pk}/comments").status_code == 404
    told = heard(lambda: decisions.decide(mod, case.pk, Wanted("hide", "hate", "Rule 3")))
    assert told[0]["comment"]["hidden"] and told[0]["comment"]["text"] == ""
    seen = {user.username: listed(user, board)[0]["comments"][0] for user in (alice, carol)}
    assert (seen["alice"]["text"], seen["alice"]["hidden"]) == ("", True)
    assert (seen["carol"]["text"], seen["carol"]["hidden"]) == ("You all draw badly", True)
    assert carol.notices.get().code == "comment_hidden"
    decision = carol.decisions.get()
    page = as_(carol).get(f"/moderation/decisions/{decision.pk}/").content.decode()
    assert "Your comment was hidden" in page and "You all draw badly" in page
    appeal = appeals.appeal(decision, "It was a joke")
    decisions.take_back(decision)
    assert appeal.case is not None and appeal.case.remark_id == case.remark_id
    assert listed(alice, board)[0]["comments"][0]["text"] == "You all draw badly"


def test_a_case_about_a_comment_that_is_gone_can_still_be_decided(board: Board, case: Case, mod: User) -> None:
    comments.delete(case.person, board.pk, UUID(str(case.remark_id)))
    Board.objects.all().delete()
    decisions.decide(mod, case.pk, Wanted("hide", "hate"))
    case.refresh_from_db()
    assert case.closed_at is not None


# Whose data it is ---------------------------------------------------------------------------------------------------


def test_what_somebody_said_goes_into_their_export_and_goes_with_their_account(
    board: Board, alice: User, carol: User
) -> None:
    comment = say(carol, board, "Words of carol")
    comments.react(carol, board.pk, comment.pk, "like", on=True)
    tables = dict(belongings.tables(carol))
    assert tables["studio.boardcomment-author"][0]["text"] == "Words of carol"
    assert tables["studio.boardreaction-user"][0]["sign"] == "like"
    assert "Words of carol" not in str(dict(belongings.tables(alice)))
    carol.delete()
    assert not BoardComment.objects.exists() and listed(alice, board) == []
    assert BoardThread.objects.count() == 1  # swept with the next comment of another day
