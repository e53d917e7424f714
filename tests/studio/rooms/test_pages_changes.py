"""What a page of ours writes is taken by the server, change by change, and both see the same drawing in it."""

import base64
import json
from pathlib import Path
from uuid import uuid4

import pytest

from studio.rooms import document
from studio.rooms.replica import Replica

DATA = Path(__file__).parents[2] / "data" / "rooms"
# Written by tests/js/rooms_fixture.mjs; these two by one person, everything that can be done to a drawing among it.
PERSON = 7


@pytest.mark.parametrize("name", ["alone", "visits"])
def test_everything_that_a_page_does_is_taken(name: str) -> None:
    kept = json.loads((DATA / f"{name}.json").read_text())
    replica = Replica(uuid4())
    for update in kept["updates"]:
        found = replica.take(base64.b64decode(update), PERSON)
        replica.owners.update(dict.fromkeys(found.new_clients, PERSON))
    assert len(replica.owners) > 1
    assert document.drawing_of(replica.doc) == kept["drawing"]
