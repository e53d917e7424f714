"""What daphne gives of static files itself: each as servestatic says, and nothing else."""

from typing import Any

import pytest

from config.statics import Statics

SHEET = "/static/css/tokens.css"
DJANGOS = (
    "/",
    "/gallery/",
    "/static/",
    "/static/css/",
    "/static/none.css",
    "/static/../manage.py",
    "/static//etc/passwd",
)


@pytest.fixture(params=[False, True], ids=["known at the start", "looked for each time"])
def ask(settings: Any, request: pytest.FixtureRequest) -> Any:
    """`await ask(path, method, **headers)`: status, headers and body; None: it was left to Django."""
    settings.SERVESTATIC_USE_FINDERS = True
    settings.SERVESTATIC_AUTOREFRESH = request.param
    passed: list[str] = []

    async def django(scope: dict[str, Any], receive: Any, send: Any) -> None:
        passed.append(scope["path"])

    application = Statics(django)

    async def ask(path: str, method: str = "GET", **headers: str) -> Any:
        sent: list[dict[str, Any]] = []

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        await application({"type": "http", "path": path, "method": method, "headers": raw}, None, send)
        if passed:
            assert passed == [path] and not sent
            return passed.clear()
        begun, body = sent
        return begun["status"], {name.decode(): value.decode() for name, value in begun["headers"]}, body["body"]

    return ask


async def test_a_file_comes_whole_in_part_or_not_at_all_and_everything_else_is_djangos(ask: Any) -> None:
    status, headers, body = await ask(SHEET)
    assert status == 200 and b":root" in body and headers["content-type"].startswith("text/css")
    assert headers["x-content-type-options"] == "nosniff" and int(headers["content-length"]) == len(body)
    assert (await ask(SHEET, if_none_match=headers["etag"]))[::2] == (304, b"")
    assert (await ask(SHEET, "HEAD"))[::2] == (200, b"")
    assert (await ask(SHEET, range="bytes=2-9"))[::2] == (206, body[2:10])
    assert (await ask(SHEET, "POST"))[::2] == (405, b"")
    for path in DJANGOS:
        assert await ask(path) is None, path
