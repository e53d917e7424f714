"""The REST API asked by schemathesis: whatever its schema allows, and a little more, by an owner's key and by nobody.

Every answer must be one that the schema has for that operation: its status, its media type, its body, its headers.
"""

import random
import time
import zlib
from copy import deepcopy
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts import keys
from accounts.models import User
from studio.api.schema import schema
from tests.chaos.fuzz.mutants import Mutants
from tests.chaos.fuzz.pages import Asked

# Which of a person's belongings a part of an address means.
PARTS = {
    "input_id": "input", "generation_id": "generation", "board_id": "board", "archive_id": "archive", "work_id": "work",
    "preset_id": "preset", "collection_id": "collection", "prefix": "key", "webhook_id": "webhook",
    "delivery_id": "delivery",
}  # fmt: skip
FIXED = {"name": ("text_to_image", "fake"), "role": ("image", "thumb-320")}
CHECKS = (
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
)  # fmt: skip
# What never ends is asked elsewhere (tests/flows).
ENDLESS = "x-endless"


def fuzz(port: int, people: dict[str, User | None], names: dict[str, str], examples: int, start: int = 1) -> Asked:
    """`examples` for each operation by its owner's key, and one for each ten of them by whoever has none. `names` are
    those of what the first person owns."""
    asked, begun = Asked(), time.monotonic()
    document = schemathesis.openapi.from_dict(_without_doors(schema()))
    for name, person in people.items():
        headers = {"Authorization": f"Bearer {_key(person)}"} if person else {}
        for found in document.get_all_operations():
            operation = found.ok()
            if operation.definition.raw.get(ENDLESS):
                continue
            number = zlib.crc32(f"{start}{name}{operation.label}".encode())
            times = examples if person else -(-examples // 10)
            _try(operation, port, headers, names, asked, examples=times, number=number)
    asked.seconds = time.monotonic() - begun
    return asked


def _without_doors(document: dict[str, Any]) -> dict[str, Any]:
    """Without what it says of keys and log-ins: no other ones are to be tried than those we have."""
    bare = deepcopy(document)
    del bare["components"]["securitySchemes"]
    for methods in bare["paths"].values():
        for told in methods.values():
            told.pop("security", None)
    return bare


def _key(person: User) -> str:
    """A key that may do everything; whatever else is revoked, not this one."""
    return keys.make(person, keys.Wish("fuzz", list(keys.SCOPES)))[1]


def _try(
    operation: Any,
    port: int,
    headers: dict[str, str],
    names: dict[str, str],
    asked: Asked,
    *,
    examples: int,
    number: int,
) -> None:
    chance = random.Random(number)
    mutants = Mutants(chance)

    # Nothing is made smaller afterwards and nothing remembered: the seed says it all.
    @seed(number)
    @settings(
        max_examples=examples, phases=[Phase.generate], database=None, deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy())
    def one(case: Any) -> None:
        known = 0.03 if case.method == "DELETE" else 0.7  # what is gone answers nothing any more
        for part in case.path_parameters or {}:
            if part in PARTS and PARTS[part] in names and chance.random() < known:
                case.path_parameters[part] = names[PARTS[part]]
            elif part in FIXED and chance.random() < 0.6:
                case.path_parameters[part] = chance.choice(FIXED[part])
        if isinstance(case.body, dict) and "file" in case.body and chance.random() < 0.7:
            case.body["file"] = mutants.next()
        then = time.monotonic()
        answer = case.call(base_url=f"http://127.0.0.1:{port}", headers=headers)
        what = f"{'owner' if headers else 'nobody'} {case.method} {case.formatted_path[:200]} {str(case.body)[:200]}"
        asked.note(what, answer.status_code, answer.content, time.monotonic() - then)
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as failed:
            asked.wrong += [f"{what}: {answer.status_code}: {each}"[:1200] for each in failed.exceptions]

    one()
