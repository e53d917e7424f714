"""The REST API asked by schemathesis: whatever its schema allows, and a little more, by an owner and by nobody."""

import random
import time
import zlib
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings

from accounts.models import User
from studio.api import api
from tests.chaos.fuzz.mutants import Mutants
from tests.chaos.fuzz.pages import TOKEN, Asked, Browser

# Which of a person's belongings a part of an address means.
PARTS = {
    "input_id": "input", "generation_id": "generation", "board_id": "board", "archive_id": "archive", "work_id": "work",
    "preset_id": "preset",
}  # fmt: skip


def fuzz(port: int, people: dict[str, User | None], names: dict[str, str], examples: int, start: int = 1) -> Asked:
    """`examples` for each operation and person. `names` are those of what the first person owns."""
    asked, begun = Asked(), time.monotonic()
    schema = schemathesis.openapi.from_dict(api.get_openapi_schema(path_prefix="/api/v1/"))
    for name, person in people.items():
        browser = Browser(port, person)
        for found in schema.get_all_operations():
            operation = found.ok()
            browser.renew()
            number = zlib.crc32(f"{start}{name}{operation.label}".encode())
            _try(operation, browser, names, asked, examples=examples, number=number)
    asked.seconds = time.monotonic() - begun
    return asked


def _try(operation: Any, browser: Browser, names: dict[str, str], asked: Asked, *, examples: int, number: int) -> None:
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
        for part, thing in PARTS.items():
            if part in (case.path_parameters or {}) and chance.random() < 0.6:
                case.path_parameters[part] = names[thing]
        if isinstance(case.body, dict) and "file" in case.body and chance.random() < 0.7:
            case.body["file"] = mutants.next()
        headers = {"Cookie": browser.cookie, "Origin": f"http://127.0.0.1:{browser.port}", "X-CSRFToken": TOKEN}
        then = time.monotonic()
        answer = case.call(base_url=f"http://127.0.0.1:{browser.port}", headers=headers)
        what = f"{browser.person} {case.method} {case.formatted_path[:200]} {str(case.body)[:200]}"
        asked.note(what, answer.status_code, answer.content, time.monotonic() - then)

    one()
