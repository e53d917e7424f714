"""Comments on boards: who may say, change, settle and delete what; rules, limits, signs, news to pages."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts import workshops
from accounts.models import StaffAction, User, Workshop
from gallery.models import PromptRule
from studio.commands import comments
from studio.models import Board, BoardClient, BoardComment, BoardMember, BoardReaction
from studio.protocol.comments import TEXT_MAX
from studio.rooms import people
from tests.studio.commands.test_boards import drawn
from tests.studio.commenting import PLACE, as_, board, carol, heard, listed, person, say, watcher

pytestmark = pytest.mark.django_db
__all__ = ["board", "carol", "heard", "watcher"]  # fixtures


def post(user: User | None, board: Board, /, **body: Any) -> Any:
    return as_(user).post(f"/api/v1/boards/{board.pk}/comments", body, content_type="application/json")


# Saying -------------------------------------------------------------------------------------------------------------


def test_who_may_comment_says_something_at_a_place_and_all_who_may_watch_read_it(
    board: Board, alice: User, carol: User, watcher: User
) -> None:
    answer = post(carol, board, text="  More light here\nplease ", **PLACE)
    assert answer.status_code == 201
    said = answer.json()
    assert said["text"] == "More light here\nplease" and said["author"]["name"] == "carol"
    assert said["author"]["colour"] == people.colour_of(carol.pk)
    assert post(alice, board, text="Like so?", thread=said["thread"]).status_code == 201
    for reader in (alice, carol, watcher):
        (thread,) = listed(reader, board)
        assert (thread["x"], thread["y"], thread["resolved"]) == (100.5, 64.0, False)
        assert [each["author"]["name"] for each in thread["comments"]] == ["carol", "alice"]


def test_bob_and_nobody_find_no_board_and_a_watcher_is_refused(
    board: Board, alice: User, bob: User, watcher: User
) -> None:
    comment = say(alice, board)
    here = f"/api/v1/boards/{board.pk}"
    for user, status in ((bob, 404), (None, 401), (watcher, 403)):
        client = as_(user)
        assert post(user, board, text="x", **PLACE).status_code == status
        body = {"content_type": "application/json"}
        assert client.put(f"{here}/comments/{comment.pk}/reactions/like", **body).status_code == status
        assert client.patch(f"{here}/comments/{comment.pk}", {"text": "y"}, **body).status_code == status
        assert client.patch(f"{here}/threads/{comment.thread_id}", {"resolved": True}, **body).status_code == status
        assert client.delete(f"{here}/comments/{comment.pk}").status_code == status
        for address in ("comments", "authors"):
            assert client.get(f"{here}/{address}").status_code == (200 if user == watcher else status)
    comment.refresh_from_db()
    assert (comment.text, comment.deleted_at, comment.reactions.count()) == ("More light here", None, 0)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"text": ""} | PLACE, 422, "invalid"),
        ({"text": "   "} | PLACE, 422, "invalid"),
        ({"text": "x" * (TEXT_MAX + 1)} | PLACE, 422, "invalid"),
        ({"text": "a\u202eb"} | PLACE, 422, "invalid"),
        ({"text": "a", "x": 1e9, "y": 0}, 422, "invalid"),
        ({"text": "a"}, 404, "not_found"),
        ({"text": "a", "thread": str(uuid4())}, 404, "not_found"),
        ({"text": "a", "colour": "red"} | PLACE, 422, "invalid"),
    ],
)
def test_what_cannot_be_said_is_refused(
    board: Board, carol: User, body: dict[str, Any], status: int, code: str
) -> None:
    answer = post(carol, board, **body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not BoardComment.objects.exists()


def test_the_same_sent_twice_is_said_once_also_after_it_was_deleted(board: Board, alice: User, carol: User) -> None:
    comment = say(carol, board)
    again = {"id": comment.pk, "thread": comment.thread_id}
    assert say(carol, board, "Something else", **again).text == "More light here"
    comments.delete(carol, board.pk, comment.pk)
    assert say(carol, board, **again).text == ""
    assert BoardComment.objects.count() == 1 and listed(alice, board) == []
    with pytest.raises(Exception, match="not_found"):
        say(alice, board, **again)  # somebody else's id


def test_a_place_of_another_board_is_none_of_this_one(board: Board, alice: User) -> None:
    other = Board.objects.create(owner=alice, document=json.dumps(drawn()), size=10)
    elsewhere = say(alice, other)
    for act in (
        lambda: say(alice, board, thread=elsewhere.thread_id),
        lambda: comments.edit(alice, board.pk, elsewhere.pk, "x"),
        lambda: comments.delete(alice, board.pk, elsewhere.pk),
        lambda: comments.resolve(alice, board.pk, elsewhere.thread_id, on=True),
        lambda: comments.react(alice, board.pk, elsewhere.pk, "like", on=True),
    ):
        with pytest.raises(Exception, match="not_found"):
            act()


def test_the_rules_for_words_count_for_comments(board: Board, carol: User) -> None:
    PromptRule.objects.create(pattern="heffalump", action="block", category="hate")
    PromptRule.objects.create(pattern="woozle", action="soften", replacement="wizzle", category="other")
    answer = post(carol, board, text="A heffalump!", **PLACE)
    assert (answer.status_code, answer.json()["code"]) == (422, "prompt_blocked")
    comment = say(carol, board, "A woozle!")
    assert comment.text == "A wizzle!"
    with pytest.raises(Exception, match="prompt_blocked"):
        comments.edit(carol, board.pk, comment.pk, "a heffalump")


def test_a_board_holds_so_many_comments_and_what_was_deleted_makes_room(
    board: Board, alice: User, settings: Any
) -> None:
    settings.BOARD_COMMENTS, settings.BOARD_THREADS = 2, 1
    first = say(alice, board)
    with pytest.raises(Exception, match="comments_full"):
        say(alice, board)  # another place
    say(alice, board, thread=first.thread_id)
    with pytest.raises(Exception, match="comments_full"):
        say(alice, board, thread=first.thread_id)
    comments.delete(alice, board.pk, first.pk)
    third = say(alice, board, thread=first.thread_id)
    BoardComment.objects.filter(pk=first.pk).update(deleted_at=timezone.now() - timedelta(days=2))
    comments.delete(alice, board.pk, third.pk)
    say(alice, board, thread=first.thread_id)
    assert not BoardComment.objects.filter(pk=first.pk).exists()


def test_nobody_says_very_much_in_a_minute(board: Board, carol: User, settings: Any) -> None:
    settings.RATE_FACTOR = 1.0
    settings.RATES = settings.RATES | {"comment": (2.0, 0.01)}
    say(carol, board)
    comment = say(carol, board)
    answer = post(carol, board, text="x", **PLACE)
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    with pytest.raises(Exception, match="rate_limited"):
        comments.edit(carol, board.pk, comment.pk, "y")


# Changing -----------------------------------------------------------------------------------------------------------


def test_people_change_and_delete_their_own(board: Board, alice: User, carol: User) -> None:
    comment = say(carol, board)
    here = f"/api/v1/boards/{board.pk}/comments/{comment.pk}"
    assert as_(alice).patch(here, {"text": "No"}, content_type="application/json").status_code == 403
    changed = as_(carol).patch(here, {"text": "Less light"}, content_type="application/json").json()
    assert (changed["text"], changed["edited"]) == ("Less light", True)
    assert as_(carol).delete(here).status_code == 204
    assert as_(carol).delete(here).status_code == 204  # gone already
    assert listed(alice, board) == [] and not StaffAction.objects.exists()


def test_owners_delete_what_others_said_and_it_is_recorded_but_those_who_draw_do_not(
    board: Board, alice: User, carol: User
) -> None:
    drawer, co_owner = person("drawer", board, "draw"), person("co", board, "owner")
    comment = say(carol, board)
    with pytest.raises(Exception, match="forbidden"):
        comments.delete(drawer, board.pk, comment.pk)
    comments.delete(co_owner, board.pk, comment.pk)
    row = StaffAction.objects.get()
    assert (row.actor, row.action, row.target_id) == ("co", "comment_delete", str(comment.pk))
    assert row.before == {"author": "carol", "board": str(board.pk)}


def test_a_teacher_reads_and_deletes_what_is_said_on_the_boards_of_their_people(alice: User, bob: User) -> None:
    ends = timezone.now() + timedelta(days=9)
    workshop = workshops.make(Workshop(name="Class", seats=5, ends_at=ends), alice, images_per_day=9)
    pupil = workshops.join(workshop, "pupil", "long enough for all")
    theirs = Board.objects.create(owner=pupil, document=json.dumps(drawn()), size=10)
    comment = say(pupil, theirs)
    say(alice, theirs, "Well done", thread=comment.thread_id)
    with pytest.raises(Exception, match="not_found"):
        comments.delete(bob, theirs.pk, comment.pk)
    comments.delete(alice, theirs.pk, comment.pk)
    assert StaffAction.objects.get(action="comment_delete").actor == "alice"


def test_a_thread_outlives_the_one_who_began_it(board: Board, alice: User, carol: User) -> None:
    first = say(carol, board)
    say(alice, board, "Yes", thread=first.thread_id)
    carol.delete()
    (thread,) = listed(alice, board)
    assert [each["text"] for each in thread["comments"]] == ["Yes"]


def test_a_thread_is_settled_and_talking_on_opens_it_again(board: Board, alice: User, carol: User) -> None:
    comment = say(carol, board)
    place = as_(alice).patch(
        f"/api/v1/boards/{board.pk}/threads/{comment.thread_id}", {"resolved": True}, content_type="application/json"
    )
    assert place.json() == place.json() | {"resolved": True, "resolved_by": "alice"}
    assert listed(carol, board, "?resolved=false") == []
    assert len(listed(carol, board, "?resolved=true")) == 1
    say(carol, board, "Not yet", thread=comment.thread_id)
    assert len(listed(carol, board, "?resolved=false")) == 1


def test_everybody_leaves_each_sign_once_and_takes_it_back(board: Board, alice: User, carol: User) -> None:
    comment = say(carol, board)
    for _twice in range(2):
        comments.react(alice, board.pk, comment.pk, "love", on=True)
    comments.react(carol, board.pk, comment.pk, "love", on=True)
    here = f"/api/v1/boards/{board.pk}/comments/{comment.pk}/reactions"
    client = as_(alice)
    assert client.put(f"{here}/like").json()["reactions"] == {"love": [alice.pk, carol.pk], "like": [alice.pk]}
    assert client.delete(f"{here}/love").json()["reactions"] == {"love": [carol.pk], "like": [alice.pk]}
    assert client.put(f"{here}/boo").status_code == 404
    assert BoardReaction.objects.count() == 2


# What pages hear ----------------------------------------------------------------------------------------------------


def test_pages_hear_of_every_change(board: Board, alice: User, carol: User, heard: Any) -> None:
    made: list[BoardComment] = []
    (told,) = heard(lambda: made.append(say(carol, board)))
    comment = made[0]
    assert (told["type"], told["comment"]["text"], told["place"]["x"]) == ("comment", "More light here", 100.5)
    (told,) = heard(lambda: comments.edit(carol, board.pk, comment.pk, "Less"))
    assert (told["type"], told["comment"]["text"], told["comment"]["edited"]) == ("comment", "Less", True)
    (told,) = heard(lambda: comments.react(alice, board.pk, comment.pk, "star", on=True))
    assert told["type"] == "reaction" and told["reactions"] == {"star": [alice.pk]}
    (told,) = heard(lambda: comments.resolve(alice, board.pk, comment.thread_id, on=True))
    assert told["type"] == "thread" and told["place"]["resolved"]
    assert heard(lambda: comments.resolve(alice, board.pk, comment.thread_id, on=True)) == []
    (told,) = heard(lambda: comments.delete(alice, board.pk, comment.pk))
    assert told == {"type": "comment_gone", "thread": str(comment.thread_id), "comment": str(comment.pk)}
    assert heard(lambda: comments.delete(alice, board.pk, comment.pk)) == []


def test_a_cheer_is_heard_and_not_kept(board: Board, carol: User, watcher: User, heard: Any) -> None:
    (told,) = heard(lambda: comments.cheer(carol, board.pk, "party", 3.0, 4.0))
    assert (told["type"], told["sign"], told["x"], told["by"]["name"]) == ("cheer", "party", 3.0, "carol")
    with pytest.raises(Exception, match="forbidden"):
        comments.cheer(watcher, board.pk, "party", 3.0, 4.0)
    assert not BoardReaction.objects.exists()


def test_the_authors_are_the_owner_the_members_and_who_spoke(board: Board, alice: User, bob: User, carol: User) -> None:
    says = as_(carol).get(f"/api/v1/boards/{board.pk}/authors").json()
    assert [each["name"] for each in says] == ["alice", "carol"]
    drew = User.objects.create_user("drew", "drew@example.org", "x")
    say(carol, board)
    BoardMember.objects.filter(user=carol).delete()
    BoardClient.objects.create(board=board, client=7, user=drew)
    says = as_(alice).get(f"/api/v1/boards/{board.pk}/authors").json()
    assert [each["user"] for each in says] == [alice.pk, carol.pk, drew.pk]
    assert "bob" not in str(says)
