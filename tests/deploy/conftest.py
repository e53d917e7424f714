"""One studio in production for all tests of deploy-check."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.deploy.topology import Topology, running
from tests.deploy.visitor import Visitor, with_key


@pytest.fixture(scope="session")
def topology() -> Iterator[Topology]:
    with running() as made:
        yield made


@pytest.fixture(scope="session")
def people(topology: Topology) -> dict[str, Any]:
    """The names, the password, alice's key and her connect code; the studio is ready when they are there."""
    told = topology.people()
    nobody = Visitor(topology)
    topology.until(lambda: nobody.get("/readyz").status_code == 200, "not ready")
    return told


@pytest.fixture(scope="session")
def alice(topology: Topology, people: dict[str, Any]) -> Visitor:
    visitor = Visitor(topology)
    visitor.log_in(people["alice"], people["password"])
    return visitor


@pytest.fixture(scope="session")
def bob(topology: Topology, people: dict[str, Any]) -> Visitor:
    visitor = Visitor(topology)
    visitor.log_in(people["bob"], people["password"])
    return visitor


@pytest.fixture
def nobody(topology: Topology, people: dict[str, Any]) -> Visitor:
    return Visitor(topology)


@pytest.fixture(scope="session")
def program(topology: Topology, people: dict[str, Any]) -> Visitor:
    """A program of alice's."""
    return with_key(topology, people["key"])
