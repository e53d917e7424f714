"""Every address for everybody: the owner, another user, a moderator and nobody, for works in each state."""

import re
import uuid
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLResolver, get_resolver
from django.utils import timezone

from accounts.models import User
from gallery import collecting, sharing
from gallery.models import Work
from studio.engines.seeding import seed
from studio.models import Archive
from tests.policy import belongings
from tests.policy.rules import ROLES, STATES, Rule
from tests.policy.table import ELSEWHERE, RULES
from tests.stack.database import Baseline

pytestmark = pytest.mark.django_db
MODERATED = {"held", "hidden", "removed"}


@dataclass(frozen=True)
class Everything:
    """Alice has one of everything, as rows; `cookies` of a browser for each kind of person."""

    world: dict[str, str]
    cookies: dict[str, Any]
    rows: Baseline


_made: list[Everything] = []


@pytest.fixture
def everything(db: None) -> Everything:
    """Made by the first rule that asks; for the others its rows are written again."""
    if _made and connection.vendor == "sqlite":
        _made[0].rows.restore()
        belongings.write(Archive.objects.get())  # there is a rule that deletes it
        return _made[0]
    seed()
    alice, bob = (User.objects.create_user(name, f"{name}@example.org", "x") for name in ("alice", "bob"))
    world = belongings.of(alice, bob)
    cookies: dict[str, Any] = {}
    for role, person in {"owner": alice, "bob": bob, "mod": belongings.moderator(), "nobody": None}.items():
        client = Client()
        if person:
            client.force_login(person)
        cookies[role] = client.cookies
    _made[:] = [Everything(world, cookies, Baseline(connection))]
    return _made[0]


@pytest.fixture
def world(everything: Everything) -> dict[str, str]:
    """The names of what alice has, as in the table's addresses."""
    return everything.world


@pytest.fixture
def clients(everything: Everything) -> dict[str, Client]:
    """A browser for each kind of person."""
    found = {}
    for role, cookies in everything.cookies.items():
        found[role] = Client()
        found[role].cookies = deepcopy(cookies)
    return found


def put(work: str, state: str) -> None:
    """Bring the work into that state."""
    row = Work.objects.filter(pk=work)
    if state in ("private", "unlisted"):
        row.update(visibility=state)
    else:
        row.update(visibility="public", published_at=timezone.now())
    if state in MODERATED:
        row.update(moderation=state)
    if state == "deleted":
        row.update(deleted_at=timezone.now())


def ask(client: Client, rule: Rule, world: dict[str, str]) -> HttpResponseBase:
    address = rule.address.format(**world)
    form = filled(rule.form, world)
    if rule.json:
        body = ["", ""] if form is None else [belongings.dumps(form), "application/json"]
        return client.generic(rule.method, address, *body)
    return client.get(address) if rule.method == "GET" else client.post(address, form)


def filled(value: Any, world: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: filled(each, world) for name, each in value.items()}
    if isinstance(value, list):
        return [filled(each, world) for each in value]
    return value.format(**world) if isinstance(value, str) else value


def letter(response: HttpResponseBase) -> str:
    """The table's letter for an answer. What the person may do, but not now or not so, counts as done."""
    status = response.status_code
    if status == 302 and response["Location"].startswith("/accounts/login/"):
        return "l"
    if status < 400 or status in (409, 422, 429, 503):
        return "o"
    return {404: "x", 401: "a", 403: "f"}.get(status, str(status))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.method} {rule.address}")
def test_everybody_gets_what_the_table_says(rule: Rule, world: dict[str, str], clients: dict[str, Client]) -> None:
    depends = any(len(word) > 1 for word in rule.words)
    wrong = []
    for state in STATES if depends else ("private",):
        for role in ROLES:
            with transaction.atomic():
                put(world["work"], state)
                found = letter(ask(clients[role], rule, world))
                transaction.set_rollback(True)
            if found != rule.expected(role, state):
                wrong.append(f"{state} work, {role}: {found}, the table says {rule.expected(role, state)}")
    assert not wrong, "\n".join(wrong)


def routes(resolver: Any, before: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        address = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, address)
        else:
            yield address


def test_every_address_has_a_line_in_the_table() -> None:
    """A new route without a line fails here."""
    known = [re.sub(r"\?.*", "", rule.address.removeprefix("/")) for rule in RULES]
    unknown = []
    for route in dict.fromkeys(routes(get_resolver())):
        if any(re.search(pattern, route) for pattern in ELSEWHERE):
            continue
        shape = re.compile(
            "^" + re.sub(r"<[^>]+>", r"[^/]+", route.replace(".", r"\.")).replace("<path:rest>", ".+") + "$"
        )
        if not any(shape.match(address) for address in known):
            unknown.append(route)
    assert not unknown


def test_ids_that_are_none_are_not_found(clients: dict[str, Client], world: dict[str, str]) -> None:
    strange = world | {"work": str(uuid.uuid4()), "twin": str(uuid.uuid4())}
    for rule in RULES:
        if "{work}" in rule.address and "?" not in rule.address:
            assert letter(ask(clients["owner"], rule, strange)) == "x", rule


def test_the_collection_shows_only_what_each_may_see(world: dict[str, str], clients: dict[str, Client]) -> None:
    alice = User.objects.get(username="alice")
    collection = collecting.find(alice, uuid.UUID(world["collection"]))
    collecting.set_visibility(collection, "public")
    for state in STATES:
        with transaction.atomic():
            put(world["work"], state)
            page = clients["bob"].get(f"/collections/{collection.pk}/").content.decode()
            assert (world["work"] in page) == (state == "public")
            transaction.set_rollback(True)


def test_a_link_of_a_removed_work_opens_nothing(world: dict[str, str], clients: dict[str, Client]) -> None:
    assert sharing.follow(world["token"])
    Work.objects.filter(pk=world["work"]).update(moderation="removed")
    assert sharing.follow(world["token"]) is None
