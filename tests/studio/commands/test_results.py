"""A board's filmstrip: what was made on it, in pages, its owner's alone."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from gallery.models import Lineage, Work
from studio.commands import generations, live
from studio.models import Generation, State
from studio.protocol import Pin, Submit

BOARD = uuid4()
ADDRESS = f"/api/v1/boards/{BOARD}/results"


def made(owner, ago: int = 0, board: UUID | None = BOARD, state: State = State.FINISHED, works: int = 1) -> Generation:
    """A generation of `ago` seconds ago with so many works."""
    row = Generation.objects.create(owner=owner, command=uuid4().hex, tool="none", state=state, board=board)
    Generation.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(seconds=ago))
    for index in range(works):
        work_of(owner, row.pk, index)
    return row


def work_of(owner, generation: UUID, index: int = 0, **more: object) -> Work:
    common = {"tool": "text_to_image", "model_name": "m", "seed": 1, "width": 8, "height": 8}
    return Work.objects.create(owner=owner, generation=generation, index=index, **common, **more)


def test_the_filmstrip_has_this_boards_finished_results_newest_first(client, alice) -> None:
    old, new = made(alice, 60), made(alice, 5, works=2)
    made(alice, board=uuid4())
    made(alice, board=None)
    made(alice, state=State.FAILED, works=0)
    made(alice, works=0)  # its picture is gone for good
    Work.objects.filter(generation=made(alice).pk).update(deleted_at=timezone.now())
    client.force_login(alice)
    answer = client.get(ADDRESS).json()
    assert [each["id"] for each in answer["items"]] == [str(new.pk), str(old.pk)]
    assert [len(each["works"]) for each in answer["items"]] == [2, 1]
    assert answer["next"] is None and answer["items"][0]["board"] == str(BOARD)


def test_it_comes_in_pages_without_a_gap_or_a_double(client, alice, settings) -> None:
    settings.RESULTS_PER_PAGE = 2
    rows = [made(alice, ago) for ago in (1, 2, 3, 4, 5)]
    client.force_login(alice)
    seen, before = [], None
    while True:
        page = client.get(ADDRESS, {"cursor": before} if before else {}).json()
        seen += [each["id"] for each in page["items"]]
        before = page["next"]
        if before is None:
            break
    assert seen == [str(row.pk) for row in rows]


def test_an_edited_picture_is_a_result_of_its_own(client, alice) -> None:
    row = made(alice, 60)
    edited = work_of(alice, uuid4())
    original = Work.objects.get(generation=row.pk)
    Lineage.objects.create(child=edited, parent=original, kind=Lineage.Kind.EDIT)
    client.force_login(alice)
    first, second = client.get(ADDRESS).json()["items"]
    assert (first["works"][0]["id"], second["id"]) == (str(edited.pk), str(row.pk))


def test_bob_finds_nothing_of_alice_and_nobody_must_log_in(client, alice, bob) -> None:
    made(alice)
    assert client.get(ADDRESS).status_code == 401
    client.force_login(bob)
    assert client.get(ADDRESS).json() == {"items": [], "next": None}
    assert client.get(ADDRESS, {"cursor": "yesterday"}).status_code == 422


@pytest.mark.usefixtures("models")
def test_submit_and_pin_say_on_which_board(alice) -> None:
    asked = {"tool": "text_to_image", "model": "fake", "params": {"prompt": "x"}}
    one = generations.submit(alice, Submit(type="submit", id="one", board=BOARD, **asked))
    two = live.pin(alice, Pin(type="pin", id="two", board="window", revision=1, on_board=BOARD, **asked), None)
    assert (one.board, two.board) == (BOARD, BOARD)
    assert generations.describe_one(alice, one.pk).board == BOARD
