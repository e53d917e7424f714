"""A room's live picture: whose account it is made on, whose words they are, and how it is switched and kept."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import Group

from gallery.models import PromptHit, PromptRule
from studio.commands import live, roomlive
from studio.commands.roomlive import Page
from studio.models import Board, BoardPin, Generation, Model
from studio.news import events
from studio.process import quick
from studio.protocol.roomlive import RoomDraw, RoomPin, SwitchLive
from studio.queue import mailbox
from studio.rooms import live as switch
from studio.rooms import pins
from studio.words import errors
from studio.words.errors import Refused

pytestmark = pytest.mark.usefixtures("models")


@pytest.fixture(autouse=True)
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Somebody who would take the boards; what was looked up stays known during a test."""
    for module, name in ((live, "ADMITTED_FOR"), (roomlive, "RULE_FOR"), (switch, "RENEW_EVERY")):
        monkeypatch.setattr(module, name, 10**12)
    quick.state().flushdb()
    live.forget_admitted()
    roomlive.forget_rules()
    switch._renew.cache_clear()
    mailbox._listening.cache_clear()
    mailbox.listen("w")
    yield
    quick.state().flushdb()
    mailbox._listening.cache_clear()


@pytest.fixture
def board(alice: Any) -> Board:
    return Board.objects.create(pk=uuid4(), owner=alice, document="{}", size=2)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the room hears, in order."""
    heard: list[dict[str, Any]] = []
    monkeypatch.setattr(events, "tell_room", lambda board_id, message: heard.append(message))
    return heard


def page(board: Board, name: str = "p1", person: str = "bob") -> Page:
    return Page(board.pk, name, person)


def draw(revision: int = 1, **params: Any) -> RoomDraw:
    asked = {"prompt": "x"} | params
    return RoomDraw(type="draw", revision=revision, tool="text_to_image", model="fake", params=asked, seq=7)


def wish(name: str = "keep", **params: Any) -> RoomPin:
    asked = {"prompt": "x", "seed": 5} | params
    return RoomPin(type="pin", id=name, tool="text_to_image", model="fake", params=asked)


def left(board: Board) -> dict[str, Any]:
    drawing = mailbox.take(board.owner_id, mailbox.room(board.pk))
    assert drawing is not None
    return dict(json.loads(drawing.header))


def each_pays(board: Board) -> None:
    Board.objects.filter(pk=board.pk).update(payer=Board.Payer.EACH)
    roomlive.forget_rules()


def test_what_bob_draws_on_alices_board_is_charged_to_her_and_says_who_asked(alice, bob, board) -> None:
    taken = roomlive.draw(bob, page(board), draw(3), None)
    header = left(board)
    assert (header["payer"], header["room"]) == (alice.pk, str(board.pk))
    assert header["asked"] == {"page": "p1", "name": "bob", "revision": 3, "seq": 7}
    assert taken.revision == 3 and taken.number > 0


def test_where_each_pays_it_is_charged_to_whoever_asks(alice, bob, board) -> None:
    each_pays(board)
    roomlive.draw(bob, page(board), draw(1), None)
    assert left(board)["payer"] == bob.pk
    roomlive.draw(alice, page(board, "p2", "alice"), draw(1), None)
    assert left(board)["payer"] == alice.pk


def test_a_second_stroke_asks_the_database_nothing(bob, board, django_assert_num_queries) -> None:
    roomlive.draw(bob, page(board), draw(1), None)
    with django_assert_num_queries(0):
        roomlive.draw(bob, page(board), draw(2), None)


def test_the_worker_charges_the_payer_and_not_the_owner_of_the_slot(alice, bob, board) -> None:
    from studio.worker.framing import Sender
    from studio.worker.live import LiveLane, Making

    each_pays(board)
    roomlive.draw(bob, page(board), draw(1), None)
    drawing = mailbox.take(alice.pk, mailbox.room(board.pk))
    assert drawing is not None
    header = json.loads(drawing.header) | {"revision": drawing.revision}
    making = Making(alice.pk, mailbox.room(board.pk), header, b"", Sender("", header, 0), seconds=1.5)
    LiveLane()._leave(making)
    assert mailbox.collect_seconds() == {bob.pk: 1.5}
    hers = Making(alice.pk, mailbox.room(board.pk), header | {"payer": alice.pk}, b"", making.sender)
    assert making.job(1).owner == str(bob.pk) and making.job(1).same_board(hers.job(1))


def test_all_pages_of_a_room_keep_the_same_seed(alice, bob, board) -> None:
    seeds = set()
    for person in (alice, bob, alice):
        roomlive.draw(person, page(board), draw(1), None)
        seeds.add(left(board)["params"]["seed"])
    assert len(seeds) == 1


def test_the_model_must_be_the_payers_and_the_refusal_says_whose_account_it_is(alice, bob, board) -> None:
    group = Group.objects.create(name="painters")
    Model.objects.get(name="fake").groups.add(group)
    bob.groups.add(group)
    with pytest.raises(Refused, match="model_unavailable") as refused:
        roomlive.draw(bob, page(board), draw(), None)
    assert "alice" in errors.text(refused.value.code, refused.value.params)
    each_pays(board)
    roomlive.draw(bob, page(board), draw(), None)


def test_the_owners_used_up_quota_is_said_with_their_name_to_others_and_as_ones_own_to_the_owner(
    alice, bob, board, monkeypatch
) -> None:
    def exceeded(*given: Any) -> None:
        raise Refused("quota_exceeded", what="gpu_seconds_per_day", limit=60, left=0)

    monkeypatch.setattr("studio.queue.limits.check_device_seconds", exceeded)
    with pytest.raises(Refused, match="quota_exceeded") as his:
        roomlive.draw(bob, page(board), draw(), None)
    assert errors.text("quota_exceeded", his.value.params).startswith("alice pays")
    with pytest.raises(Refused, match="quota_exceeded") as hers:
        roomlive.draw(alice, page(board), draw(), None)
    assert errors.text("quota_exceeded", hers.value.params).startswith("You have 60")


def test_the_words_are_the_askers_and_so_is_the_hit(alice, bob, board) -> None:
    PromptRule.objects.create(pattern="gore", action="block", category="violence")
    from gallery.rules import prompts as prompt_rules

    prompt_rules._looked_at = 0.0
    with pytest.raises(Refused, match="prompt_blocked"):
        roomlive.draw(bob, page(board), draw(prompt="gore"), None)
    with pytest.raises(Refused, match="prompt_blocked"):
        roomlive.pin(bob, page(board), wish(prompt="gore"), None)
    assert set(PromptHit.objects.values_list("user", flat=True)) == {bob.pk}
    assert not Generation.objects.exists()


def test_many_rooms_of_one_owner_take_turns(alice, bob, board, settings) -> None:
    settings.LIVE_ROOMS_PER_OWNER = 1
    other = Board.objects.create(pk=uuid4(), owner=alice, document="{}", size=2)
    roomlive.draw(bob, page(board), draw(), None)
    with pytest.raises(Refused, match="too_many_rooms"):
        roomlive.draw(bob, page(other), draw(), None)


def test_without_a_worker_and_on_a_board_that_is_gone_it_is_said(bob, board) -> None:
    quick.state().flushdb()
    mailbox._listening.cache_clear()
    with pytest.raises(Refused, match="live_unavailable"):
        roomlive.draw(bob, page(board), draw(), None)
    with pytest.raises(Refused, match="not_found"):
        roomlive.draw(bob, Page(UUID(int=1), "p", "bob"), draw(), None)


def test_the_switch_is_one_for_all_and_who_comes_later_finds_it_and_the_newest_picture(alice, bob, board, told) -> None:
    assert switch.now(board.pk)[0].on is False
    roomlive.turn(bob, page(board), SwitchLive(type="live", on=True))
    assert told[-1]["message"] == {"type": "live", "on": True, "name": "bob"}
    events._remember(f"room:{board.pk}", b"frame")
    switched, frame = switch.now(board.pk)
    assert (switched.on, switched.name, frame) == (True, "bob", b"frame")
    roomlive.draw(bob, page(board), draw(), None)
    roomlive.turn(alice, page(board, "p2", "alice"), SwitchLive(type="live", on=False))
    assert switch.now(board.pk) == (switch.LiveSwitched(on=False), None)
    assert mailbox.take(board.owner_id, mailbox.room(board.pk)) is None, "nothing more of it is made"


def test_a_pin_is_the_payers_work_kept_once_and_all_hear_of_it(alice, bob, board, told) -> None:
    view = roomlive.pin(bob, page(board), wish(), None)
    again = roomlive.pin(bob, page(board), wish(), None)
    made = Generation.objects.get()
    assert (made.owner, made.board, made.pk) == (alice, board.pk, view.id) and again.id == view.id
    assert made.params["seed"] == 5
    assert (view.by, view.name, view.state) == (bob.pk, "bob", "making")
    assert [message["message"]["command"] for message in told] == ["keep", "keep"]
    each_pays(board)
    roomlive.pin(bob, page(board), wish("mine"), None)
    assert Generation.objects.filter(owner=bob).count() == 1


def test_the_name_of_a_wish_reaches_nobody_elses_generation(alice, bob, board) -> None:
    mine = roomlive.pin(alice, page(board, "p2", "alice"), wish("same"), None)
    his = roomlive.pin(bob, page(board), wish("same"), None)
    assert mine.id != his.id and BoardPin.objects.count() == 2


def test_what_cannot_be_drawn_live_is_not_made_on_anothers_account(bob, board) -> None:
    Model.objects.filter(name="fake").update(tools=["upscale"], parts={"upscaler": "x"})
    asked = RoomPin(type="pin", id="k", tool="upscale", model="fake")
    with pytest.raises(Refused, match="not_live"):
        roomlive.pin(bob, page(board), asked, None)


def test_the_room_hears_of_a_pins_end_also_where_it_comes_to_nothing(
    bob, board, told, django_capture_on_commit_callbacks
) -> None:
    view = roomlive.pin(bob, page(board), wish(), None)
    Generation.objects.filter(pk=view.id).update(state="failed")
    with django_capture_on_commit_callbacks(execute=True):
        pins.on_recorded(None, {"type": "failed", "generation": str(view.id)})
        pins.on_recorded(None, {"type": "finished", "generation": str(uuid4())})
    assert told[-1]["message"]["pin"]["state"] == "failed" and len(told) == 2
