"""Any order of edits, absences and merges, over several processes, comes to the same board, byte for byte."""

import json
import random
from uuid import uuid4

import pytest
from pycrdt import Array, Doc, Map, Text

from accounts.models import User
from studio import invariants
from studio.models import Board, BoardUpdate
from studio.rooms import document, folding, log
from studio.rooms.replica import Replica
from tests.studio.rooms.hands import Page, Process, whole
from tests.studio.rooms.page import changed, drew, shown

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def edit(page: Page, chance: random.Random, n: int) -> None:
    """Something that a person may do, by chance."""
    page.unsent.append(changed(page.doc, lambda doc: _edit(doc, chance, n, page.user.pk)))


def _edit(doc: Doc, chance: random.Random, n: int, by: int) -> None:
    layers, gone = doc.get("layers", type=Map), doc.get("gone", type=Map)
    keys = sorted(layers.keys())
    what = chance.randrange(8)
    mine = [act for act in gone if act.startswith(f"{by}-")]
    if what < 3:
        drew(f"m{n}", by, chance.choice(keys))(doc)
    elif what == 3 and len(keys) < 6:
        layers[f"l{n}"] = Map({"kind": "paint", "at": f"{chance.randrange(10, 99)}", "marks": Array([])})
    elif what == 4:
        marks = [mark["id"] for mark in shown(doc)]
        gone[f"{by}-{n}"] = chance.sample(marks, min(len(marks), 2))
    elif what == 5 and mine:
        gone[chance.choice(mine)] = []
    elif what == 6:
        layers[chance.choice(keys)]["opacity"] = chance.random()
        doc.get("settings", type=Map)["strength"] = n
    else:
        words = doc.get("prompt", type=Text)
        words.insert(chance.randrange(len(words) + 1), f"w{n} ")
        if len(words) > 40:
            del words[3:9]


@pytest.mark.parametrize("seed", [0, 1, 2, 4, 6])
def test_whatever_the_order_everybody_comes_to_the_same_board(alice: User, bob: User, seed: int) -> None:
    chance, board = random.Random(seed), uuid4()
    processes = [Process(board) for _ in range(1 + seed % 3)]
    users = [alice, bob]
    pages = [Page(users[n % 2] if n else alice, chance.choice(processes)) for n in range(2 + seed % 7)]
    for n in range(90):
        page = pages[0] if n == 0 else chance.choice(pages)
        act = chance.random()
        if n == 0:
            edit(page, chance, n)
            page.send()
        elif act < 0.6:
            edit(page, chance, n)
        elif act < 0.75:
            page.send()
        elif act < 0.9:
            page.meet()
        elif act < 0.95:
            page.process = chance.choice(processes)  # it was away, and comes back elsewhere
            page.meet()
        else:
            folding.fold(board, chance.choice([None, page.process.replica]))
    for page in pages * 2:
        page.meet()
    for process in processes:
        log.catch_up(process.replica)
    stored = Replica(board)
    log.catch_up(stored)
    documents = [page.doc for page in pages] + [process.replica.doc for process in processes] + [stored.doc]
    assert len({whole(doc) for doc in documents}) == 1
    folding.fold(board)
    assert json.loads(Board.objects.get().document) == document.drawing_of(stored.doc)
    assert not BoardUpdate.objects.exists() and not list(invariants.problems())
