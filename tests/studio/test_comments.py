"""Comments on boards: who may say, change, settle and delete what; rules, limits, signs, reports, news to pages."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import StaffAction, User
from gallery.models import Case, PromptRule, Remark
from gallery.moderation import appeals, decisions
from gallery.moderation.decisions import Wanted
from studio import belongings, events
from studio.commands import comments
from studio.models import Board, BoardComment, BoardMember, BoardReaction, BoardThread
from studio.protocol.comments import TEXT_MAX
from studio.rooms import people
from tests.studio.test_boards import drawn

pytestmark = pytest.mark.django_db
PLACE = {"x": 100.5, "y": 64.0}


def as_(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def person(name: str, board: Board, role: str) -> User:
    made = User.objects.create_user(name, f"{name}@example.org", "x")
    BoardMember.objects.create(board=board, user=made, role=role)
    return made


@pytest.fixture
def board(alice: User) -> Board:
    return Board.objects.create(owner=alice, document=json.dumps(drawn()), size=10)


@pytest.fixture
def carol(board: Board) -> User:
    """Somebody who may comment."""
    return person("carol", board, "comment")


@pytest.fixture
def watcher(board: Board) -> User:
    return person("watcher", board, "watch")


@pytest.fixture
def heard(monkeypatch: Any, django_capture_on_commit_callbacks: Any) -> Callable[..., list[dict[str, Any]]]:
    """`heard(act)`: what the pages of the room are told when `act` is done."""
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(events, "tell_room", lambda _board, message: told.append(message))

    def during(act: Callable[[], Any]) -> list[dict[str, Any]]:
        told.clear()
        with django_capture_on_commit_callbacks(execute=True):
            act()
        assert all(message["kind"] == "tell" for message in told)
        return [message["message"] for message in told]

    return during


def say(user: User, board: Board, text: str = "More light here", **more: Any) -> BoardComment:
    wish = {"id": uuid4(), "thread": uuid4(), "text": text} | PLACE | more
    return comments.add(user, board.pk, comments.Wish(**wish))


def post(user: User | None, board: Board, /, **body: Any) -> Any:
    return as_(user).post(f"/api/v1/boards/{board.pk}/comments", body, content_type="application/json")


def listed(user: User, board: Board, query: str = "") -> Any:
    return as_(user).get(f"/api/v1/boards/{board.pk}/comments{query}").json()["items"]


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
    say(carol, board)
    BoardMember.objects.filter(user=carol).delete()
    says = as_(alice).get(f"/api/v1/boards/{board.pk}/authors").json()
    assert [each["user"] for each in says] == [alice.pk, carol.pk]
    assert "bob" not in str(says)


# Reports ------------------------------------------------------------------------------------------------------------


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
