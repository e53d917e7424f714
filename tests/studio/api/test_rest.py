"""The REST API as programs use it: lists and their cursors, forms, ids, ETags, scopes, keys."""

import json
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts import keys
from accounts.models import ApiKey, User
from gallery import collecting
from gallery.models import Collection, Work
from studio.api.answers import api
from studio.api.auth import Key
from studio.models import Generation, Input
from tests.policy import belongings
from tests.policy.belongings import png, work_of
from tests.studio.gates.test_keyring import ONE, WISH, bearing, code, key_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("models")]
ALL = tuple(keys.SCOPES)


@pytest.fixture
def program(alice: User) -> Client:
    """With a key of alice's that may do everything."""
    return key_of(alice, *ALL)[1]


def walked(client: Client, address: str, **asked: Any) -> list[dict[str, Any]]:
    """A whole list, two at a time."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = client.get(address, {"limit": 2, "cursor": cursor, **asked}).json()
        assert len(page["items"]) <= 2
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            return found


# Lists ---------------------------------------------------------------------------------------------------------


def test_every_list_is_walked_with_one_kind_of_cursor(program: Client, alice: User, bob: User) -> None:
    works = [work_of(alice) for _ in range(5)]
    work_of(bob)
    made = collecting.make(alice, "Sea")
    collecting.add(alice, made, [work.pk for work in works])
    for title in ("Hills", "Birds"):
        collecting.make(alice, title)
    newest = [str(work.pk) for work in reversed(works)]
    assert [each["id"] for each in walked(program, "/api/v1/works")] == newest
    in_it = walked(program, f"/api/v1/collections/{made.pk}/works")
    assert [each["id"] for each in in_it] == list(reversed(newest))
    assert [each["title"] for each in walked(program, "/api/v1/collections")] == ["Birds", "Hills", "Sea"]
    made_ids = [str(Generation.objects.create(owner=alice, command=str(n), model_name="fake").pk) for n in range(3)]
    assert [each["id"] for each in walked(program, ONE)] == list(reversed(made_ids))
    for _ in range(2):
        key_of(alice)
    assert len(walked(program, "/api/v1/keys")) == 3


@pytest.mark.parametrize("address", ["works", "generations", "collections", "boards", "keys"])
def test_a_cursor_or_a_limit_that_is_none_is_told(program: Client, address: str) -> None:
    for cursor in ("x", "1.2", "1." + "g" * 32, "9" * 30, "-1"):
        answer = program.get(f"/api/v1/{address}", {"cursor": cursor})
        assert code(answer) == (422, "invalid") or answer.json()["items"] == [], (address, cursor)
    assert program.get(f"/api/v1/{address}?limit=0").status_code == 422
    assert program.get(f"/api/v1/{address}?limit=1000").status_code == 422


def test_works_are_found_by_their_words(program: Client, alice: User, bob: User) -> None:
    mine, theirs = work_of(alice), work_of(bob)
    Work.objects.filter(pk=theirs.pk).update(visibility="public", published_at=theirs.created_at, reveals="picture")
    assert [each["id"] for each in walked(program, "/api/v1/works", q="boat")] == [str(mine.pk)]
    assert walked(program, "/api/v1/works", q="castle") == []
    (found,) = walked(program, "/api/v1/works", whose="everybody")
    assert (found["id"], found["own"], found["prompt"], found["saved"]) == (str(theirs.pk), False, None, None)
    assert found["files"] and found["params"] is None


def test_a_list_costs_the_same_however_long_it_is(
    program: Client, alice: User, django_assert_max_num_queries: Any
) -> None:
    for _ in range(6):
        work_of(alice)
    with django_assert_max_num_queries(12):
        assert len(program.get("/api/v1/works").json()["items"]) == 6


# Works and collections -----------------------------------------------------------------------------------------


def test_the_files_of_a_work_are_fetched_with_the_key(program: Client, alice: User, bob: User) -> None:
    work = work_of(alice)
    files = program.get(f"/api/v1/works/{work.pk}/files").json()["items"]
    address = next(file["address"] for file in files if file["role"] == "image")
    answer = program.get(address)
    assert answer.status_code == 200 and answer["Content-Type"] == "image/png" and not answer.cookies
    assert key_of(bob)[1].get(address).status_code == 404
    assert key_of(alice, "boards")[1].get(address).status_code == 404
    assert bearing("bw_wrong").get(address).status_code == 404


def test_a_work_goes_into_the_bin_and_is_gone(program: Client, alice: User, bob: User) -> None:
    work = work_of(alice)
    assert key_of(bob, *ALL)[1].delete(f"/api/v1/works/{work.pk}").status_code == 404
    assert program.delete(f"/api/v1/works/{work.pk}").status_code == 204
    assert program.get(f"/api/v1/works/{work.pk}").status_code == 404
    assert program.delete(f"/api/v1/works/{work.pk}").status_code == 404
    assert Work.objects.in_bin_of(alice).exists()


def test_a_collection_is_made_filled_described_and_deleted(program: Client, alice: User, bob: User) -> None:
    work, strange = work_of(alice), work_of(bob)
    sent: dict[str, Any] = {"content_type": "application/json"}
    assert code(program.post("/api/v1/collections", {"title": " "}, **sent)) == (422, "invalid")
    made = program.post("/api/v1/collections", {"title": "Sea"}, **sent).json()
    place = f"/api/v1/collections/{made['id']}"
    added = program.post(f"{place}/works", {"works": [str(work.pk), str(strange.pk)]}, **sent)
    assert added.json() == {"count": 1}
    wrong = program.patch(place, {"cover": str(strange.pk)}, **sent)
    assert code(wrong) == (422, "invalid")
    told = program.patch(place, {"title": "Lake", "visibility": "unlisted", "cover": str(work.pk)}, **sent).json()
    assert (told["title"], told["visibility"], told["cover"], told["count"]) == (
        "Lake", "unlisted", str(work.pk), 1,
    )  # fmt: skip
    assert program.delete(f"{place}/works/{work.pk}").status_code == 204
    assert program.delete(f"{place}/works/{work.pk}").status_code == 404
    assert program.delete(place).status_code == 204 and not Collection.objects.exists()


# Making --------------------------------------------------------------------------------------------------------


def test_a_form_brings_its_pictures_along(program: Client, alice: User) -> None:
    wish = WISH | {"tool": "image_to_image"}

    form = {"request": json.dumps(wish), "image": SimpleUploadedFile("a.png", png("red"))}
    answer = program.post(ONE, form)
    assert answer.status_code == 201, answer.json()
    made = Generation.objects.get()
    assert list(made.inputs) == ["image"] and Input.objects.get().owner == alice
    wrong = program.post(ONE, {"request": json.dumps(wish), "photo": SimpleUploadedFile("a.png", png("red"))})
    assert code(wrong) == (422, "invalid") and "photo" in wrong.json()["fields"]
    assert code(program.post(ONE, {"request": "{"})) == (400, "invalid_json")
    assert code(program.post(ONE, {"request": "{}"})) == (422, "invalid")
    bad = {"request": json.dumps(wish), "image": SimpleUploadedFile("a.png", b"no picture")}
    assert program.post(ONE, bad).json()["code"] in ("unsupported_image_type", "invalid_image")
    assert Generation.objects.count() == 1


def test_what_has_ended_is_asked_for_again(program: Client, alice: User, bob: User) -> None:
    made = program.post(ONE, WISH, content_type="application/json").json()
    place = f"{ONE}/{made['id']}"
    assert code(program.post(f"{place}/retry")) == (409, "not_finished")
    program.post(f"{place}/cancel")
    again = program.post(f"{place}/retry")
    assert again.status_code == 201 and again.json()["params"] == made["params"]
    assert again.json()["id"] != made["id"]
    assert key_of(bob, *ALL)[1].post(f"{place}/retry").status_code == 404
    assert {row.api_key_id for row in Generation.objects.all()} == {ApiKey.objects.get(owner=alice).pk}


# Every answer --------------------------------------------------------------------------------------------------


def test_every_answer_has_an_id_and_tells_the_rate(program: Client, settings: Any) -> None:
    settings.RATE_FACTOR = 1.0
    answer = program.get("/api/v1/me", headers={"x-request-id": "my-own-name"})
    assert answer["X-Request-ID"] == "my-own-name" and int(answer["RateLimit-Remaining"]) < 300
    wrong = program.get("/api/v1/nothing", headers={"x-request-id": "a b"})
    assert wrong.json()["request_id"] == wrong["X-Request-ID"] != "a b"
    assert wrong["RateLimit-Limit"] and Client().get("/api/v1/me")["WWW-Authenticate"].startswith("Bearer")
    assert code(program.put("/api/v1/me")) == (405, "method_not_allowed")


def test_what_has_not_changed_is_not_sent_again(program: Client, alice: User) -> None:
    work = work_of(alice)
    for address in (f"/api/v1/works/{work.pk}", "/api/v1/works", "/api/v1/tools", ONE):
        etag = program.get(address)["ETag"]
        assert program.get(address, headers={"if-none-match": etag}).status_code == 304
    Work.objects.update(title="Harbour")
    assert program.get(f"/api/v1/works/{work.pk}", headers={"if-none-match": etag}).status_code == 200


def test_a_program_learns_who_it_is_and_what_it_has_used(alice: User) -> None:
    key, client = key_of(alice, "read", "generate", images_per_day=7)
    client.post(ONE, WISH, content_type="application/json")
    me = client.get("/api/v1/me").json()
    assert (me["name"], me["role"], me["key"]["prefix"]) == ("alice", "member", key.prefix)
    use = client.get("/api/v1/usage").json()
    assert (use["used"]["images"], use["key"]["images"], use["key"]["images_per_day"]) == (1, 1, 7)
    assert use["limits"]["images_per_day"] == 200 and len(use["days"]) == 14


def test_tools_and_models_are_those_of_the_key(alice: User) -> None:
    client = key_of(alice, "read", "generate", model_names=["fake"])[1]
    assert [each["name"] for each in client.get("/api/v1/models").json()["items"]] == ["fake"]
    assert client.get("/api/v1/models/tiny").status_code == 404
    price = client.post("/api/v1/price", {"tool": "text_to_image"}, content_type="application/json").json()
    assert price["cost"] is not None and price["refusal"] is None
    tool = client.get("/api/v1/tools/text_to_image").json()
    steps = next(each for each in tool["parameters"] if each["name"] == "steps")
    assert (steps["type"], steps["minimum"], steps["maximum"], steps["default"]) == ("integer", 1, 100, 8)
    assert code(client.get("/api/v1/tools/text_to_image?model=tiny")) == (404, "model_unavailable")
    assert code(client.get("/api/v1/tools/nothing")) == (404, "unknown_tool")


# Keys by key ---------------------------------------------------------------------------------------------------


def test_keys_are_managed_by_a_key_but_never_by_a_log_in(alice: User, bob: User) -> None:
    page = Client()
    page.force_login(alice)
    assert page.get("/api/v1/keys").status_code == 401
    _key, client = key_of(alice, "account", "read")
    sent: dict[str, Any] = {"content_type": "application/json"}
    more = client.post("/api/v1/keys", {"name": "x", "scopes": ["generate"]}, **sent)
    assert code(more) == (422, "invalid") and more.json()["fields"]["scopes"]["code"] == "more_than_own"
    unknown = client.post("/api/v1/keys", {"name": "x", "scopes": ["read"], "models": ["gone"]}, **sent)
    assert unknown.json()["fields"]["models"]["code"] == "unknown"
    made = client.post("/api/v1/keys", {"name": "x", "scopes": ["read"]}, **sent).json()
    theirs = key_of(bob)[0]
    assert client.delete(f"/api/v1/keys/{theirs.prefix}").status_code == 404
    assert client.delete(f"/api/v1/keys/{made['prefix']}").status_code == 204
    assert code(bearing(made["secret"]).get("/api/v1/me")) == (401, "key_revoked")
    assert client.get(f"/api/v1/keys/{made['prefix']}").json()["revoked_at"]


def operations() -> list[tuple[str, str, Any]]:
    return [
        (method, f"/api/v1/{bound.prefix.strip('/')}/{path.strip('/')}".replace("//", "/").rstrip("/"), operation)
        for bound in api._get_bound_routers()
        for path, view in bound.path_operations.items()
        for operation in view.operations
        for method in operation.methods
    ]


def test_every_operation_needs_one_of_its_scopes(alice: User, bob: User) -> None:
    names = belongings.of(alice, bob)
    parts = {"{name}": "fake", "{sign}": "heart", "{number}": "1", "{key}": "a" * 32, "{prefix}": names["key"]}
    with_scope = {scope: key_of(alice, scope)[1] for scope in ALL}
    for method, path, operation in operations():
        needed = {scope for each in operation.auth_callbacks if isinstance(each, Key) for scope in each.scopes}
        if not operation.auth_callbacks:
            continue
        assert needed and needed <= set(ALL), path
        address = re.sub(r"\{\w+:", "{", path)
        for part, value in parts.items():
            address = address.replace(part, value)
        address = address.format(**{f"{name}_id": value for name, value in names.items()})
        others = sorted(set(ALL) - needed)
        for scope in {*others[:1], *others[-1:]}:
            answer = with_scope[scope].generic(method, address, "{}", "application/json")
            assert code(answer) == (403, "key_scope"), (method, address, scope)
