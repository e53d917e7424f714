"""The log of a board: what is accepted, what is not, what is folded, and what another process did meanwhile."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError
from pycrdt import Doc, Map

from accounts.models import User
from studio import invariants
from studio.models import Archive, Board, BoardClient, BoardState, BoardUpdate, BoardVersion
from studio.rooms import document, folding, log
from studio.rooms.log import Change
from studio.words.errors import Refused
from studio.worker import archiving
from tests.studio.rooms.hands import Page, Process, begun, whole
from tests.studio.rooms.page import changed, drew, shown

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_a_process_that_heard_nothing_of_the_others_judges_by_what_is_stored(alice: User, bob: User) -> None:
    board, first, hers = begun(alice)
    second = Process(board)
    log.catch_up(second.replica)
    hers.unsent = [changed(hers.doc, drew("two", alice.pk))]
    hers.send()
    # The second process has not heard of "two"; bob claims the client id under which alice wrote.
    forged = document.opened([first.replica.state()], client=hers.doc.client_id)
    (verdict,) = second.accept(bob, changed(forged, drew("his", bob.pk)))
    assert verdict.refused is not None and verdict.refused.code == "bad_update"
    assert second.replica.seq == 2, "it was read before judging"
    # Nor does alice's page write the same moment twice, once in each process.
    fork = document.opened([first.replica.state()], client=hers.doc.client_id)
    one, other = changed(hers.doc, drew("three", alice.pk)), changed(fork, drew("other", alice.pk))
    first.accept(alice, one)
    (verdict,) = second.accept(alice, other)
    assert verdict.refused is None and not verdict.news, "that moment is known already, with something else in it"
    log.catch_up(first.replica)
    assert whole(first.replica.doc) == whole(second.replica.doc)


def test_what_is_good_in_a_batch_is_kept_beside_what_is_not(alice: User, bob: User) -> None:
    _board, process, hers = begun(alice)
    his = document.opened([process.replica.state()])
    log.accept(process.replica, [])
    accepted = log.accept(
        process.replica,
        [
            Change(bob.pk, changed(his, drew("good", bob.pk))),
            Change(alice.pk, b"nonsense"),
            Change(alice.pk, changed(hers.doc, drew("two", alice.pk))),
        ],
    )
    verdicts, row = accepted.verdicts, accepted.row
    assert [verdict.refused and verdict.refused.code for verdict in verdicts] == [None, "bad_update", None]
    assert {verdict.seq for verdict in verdicts if verdict.news} == {2} and row
    other = document.opened([bytes(BoardState.objects.get().data), row])
    assert {mark["id"] for mark in shown(other)} == {"one", "good", "two"}


def test_what_could_not_be_stored_is_forgotten(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    _board, process, hers = begun(alice)
    update = changed(hers.doc, drew("two", alice.pk))

    def broken(*args: Any) -> None:
        raise DatabaseError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(log, "_write", broken)
        with pytest.raises(DatabaseError):
            process.accept(alice, update)
    assert process.replica.stale and Board.objects.get().seq == 1
    log.catch_up(process.replica)
    assert [mark["id"] for mark in shown(process.replica.doc)] == ["one"]
    (verdict,) = process.accept(alice, update)
    assert verdict.news and Board.objects.get().seq == 2


def test_what_failed_here_and_was_stored_elsewhere_is_told_here_as_well(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    board, process, hers = begun(alice)
    other, update = Process(board), changed(hers.doc, drew("two", alice.pk))
    page = document.opened([process.replica.state()])

    def broken(*args: Any) -> None:
        raise DatabaseError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(log, "_write", broken)
        with pytest.raises(DatabaseError):
            process.accept(alice, update)
    assert other.accept(alice, update)[0].news
    for _seq, data in log.catch_up(process.replica):
        page.apply_update(data)
    assert {mark["id"] for mark in shown(page)} == {"one", "two"}


def test_a_library_that_disagrees_with_our_reading_costs_nobody_anything(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    _board, process, hers = begun(alice)
    update = changed(hers.doc, drew("two", alice.pk))
    from studio.rooms.checking import Found

    with monkeypatch.context() as patched:
        patched.setattr(Found, "fits", lambda self, doc: False)
        (verdict,) = process.accept(alice, update)
    assert verdict.refused is not None and verdict.refused.code == "bad_update"
    assert [mark["id"] for mark in shown(process.replica.doc)] == ["one"] and not process.replica.stale
    assert process.accept(alice, update)[0].news


def test_the_log_is_folded_into_state_drawing_and_version(alice: User, settings: Any) -> None:
    settings.BOARD_VERSION_EVERY = 0.0
    board, process, hers = begun(alice)
    for n in range(5):
        hers.unsent = [changed(hers.doc, drew(f"n{n}", alice.pk))]
        hers.send()
    assert BoardUpdate.objects.count() == 5
    was = Board.objects.get().document
    for _ in range(2):
        folding.fold(board, process.replica)
    row = Board.objects.get()
    assert (row.revision, row.seq, row.state.seq) == (2, 6, 6) and not BoardUpdate.objects.exists()
    assert len(json.loads(row.document)["layers"][0]["marks"]) == 6
    assert row.size == len(row.state.data) + len(row.document.encode())
    assert BoardVersion.objects.get().document == was
    late = Process(board)
    log.catch_up(late.replica)
    assert whole(late.replica.doc) == whole(process.replica.doc)


def test_who_follows_a_log_that_was_folded_meanwhile_misses_nothing(alice: User) -> None:
    board, process, hers = begun(alice)
    other = Process(board)
    log.catch_up(other.replica)
    for n in range(3):
        hers.unsent = [changed(hers.doc, drew(f"n{n}", alice.pk))]
        hers.send()
    folding.fold(board)
    page = document.opened([other.replica.state()])
    for _seq, data in log.catch_up(other.replica):
        page.apply_update(data)
    assert whole(page) == whole(process.replica.doc) == whole(other.replica.doc)
    assert log.catch_up(other.replica) == []


def act(name: str) -> Callable[[Doc], None]:
    return lambda doc: doc.get("gone", type=Map).update({name: ["one"]})


def test_an_act_of_the_server_is_nobodys_to_take_back(alice: User) -> None:
    board, process, hers = begun(alice)
    assert log.act(board, act("clear-1"), alice) == 2
    assert log.act(board, lambda doc: None) == 0
    hers.meet()
    assert not shown(hers.doc)
    undo = changed(hers.doc, lambda doc: doc.get("gone", type=Map).update({"clear-1": []}))
    assert process.accept(alice, undo)[0].refused is not None
    assert BoardClient.objects.filter(user=None).count() == 1
    with pytest.raises(Refused, match="not_found"):
        log.act(uuid4(), act("x"))


def test_an_owner_whose_boards_are_full_draws_no_more(alice: User, settings: Any) -> None:
    _board, process, hers = begun(alice)
    settings.BOARDS_BYTES = Board.objects.get().size + 10
    process.replica.stale = True
    update = changed(hers.doc, drew("two", alice.pk))
    (verdict,) = process.accept(alice, update)
    assert verdict.refused is not None and verdict.refused.code == "boards_too_large"
    settings.BOARDS_BYTES, settings.BOARDS_PER_PERSON = 10**9, 1
    assert process.accept(alice, update)[0].news
    other = Page(alice, Process(uuid4()))
    (verdict,) = other.process.accept(alice, changed(other.doc, drew("x", alice.pk)))
    assert verdict.refused is not None and verdict.refused.code == "boards_full"
    settings.BOARD_MAX_BYTES = 1000
    (verdict,) = process.accept(alice, changed(hers.doc, drew("big", alice.pk, points=[1.5, 2.5, 0.5] * 400)))
    assert verdict.refused is not None and verdict.refused.code == "too_large"


def test_a_lost_change_does_not_stay_unseen(alice: User) -> None:
    board, _process, hers = begun(alice)
    for n in range(3):
        hers.unsent = [changed(hers.doc, drew(f"n{n}", alice.pk))]
        hers.send()
    assert not list(invariants.problems())
    BoardUpdate.objects.get(seq=3).delete()
    assert list(invariants.problems()) == [f"the changes of board {board} have a gap"]


def test_an_export_has_what_one_drew_on_the_boards_of_others_and_nothing_else_of_them(alice: User, bob: User) -> None:
    board, process, _hers = begun(alice)
    his = Page(bob, process)
    his.meet()
    his.unsent = [changed(his.doc, drew("his", bob.pk))]
    his.send()
    entries = {}
    for person in (alice, bob):
        found = list(archiving._boards(Archive(owner=person)))
        entries[person] = {entry.name: json.loads(entry.read()) for entry in found if entry.name.endswith(".json")}
    (whole_board,), ((name, part),) = entries[alice].values(), entries[bob].items()
    assert {mark["id"] for mark in whole_board["layers"][0]["marks"]} == {"one", "his"}
    assert board.hex[:8] in name and [mark["id"] for mark in part["marks"]] == ["his"]


def test_a_fold_that_comes_between_two_questions_hides_nothing(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    board, process, hers = begun(alice)
    hers.unsent = [changed(hers.doc, drew("two", alice.pk))]
    hers.send()
    asked = log._rows
    folds = [1]

    def folded_first(board_id: UUID, after: int) -> list[tuple[int, bytes]]:
        if folds:
            folds.clear()
            folding.fold(board_id)
        return asked(board_id, after)

    monkeypatch.setattr(log, "_rows", folded_first)
    late = Process(board)
    log.catch_up(late.replica)
    assert whole(late.replica.doc) == whole(process.replica.doc) and late.replica.seq == 2
