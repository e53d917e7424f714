"""How long a page stays open after its log-in ended: by logging out, by a suspension, by a new password. Real HTTP."""

import asyncio
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field

from asgiref.sync import sync_to_async

from accounts import standing
from accounts.models import User
from tests.chaos.crowd import people, percentile
from tests.stack import PATIENCE
from tests.stack.page import Page
from tests.stack.session import session_cookie

TOKEN = "t" * 32
NEW = "a new and quite long passphrase"


@dataclass
class Revocations:
    """Seconds from asking for the end to the page's close frame, by how the log-in ended; and the close codes."""

    took: dict[str, list[float]] = field(default_factory=dict)
    codes: set[int] = field(default_factory=set)

    def all(self) -> list[float]:
        return [seconds for some in self.took.values() for seconds in some]

    def row(self, how: str, took: list[float]) -> str:
        """One row of the table in docs/reliability.md."""
        figures = [f"{percentile(took, share) * 1000:.0f} ms" for share in (0.5, 0.9, 0.99, 1)]
        return "| " + " | ".join([how, str(len(took)), *figures]) + " |"

    def report(self) -> str:
        return "\n".join([self.row(how, took) for how, took in self.took.items()] + [self.row("all", self.all())])


def post(url: str, path: str, cookie: str, **fields: str) -> None:
    """Send a form as a browser does; HTTPError when it is refused."""
    data = urllib.parse.urlencode(fields | {"csrfmiddlewaretoken": TOKEN}).encode()
    headers = {"Cookie": f"{cookie}; csrftoken={TOKEN}", "Origin": url}
    with urllib.request.urlopen(urllib.request.Request(url + path, data, headers), timeout=PATIENCE) as answer:
        assert answer.status == 200, answer.status


def log_out(url: str, user: User, cookie: str) -> None:
    """In this browser."""
    post(url, "/accounts/logout/", cookie)


def suspend(url: str, user: User, cookie: str) -> None:
    """By a moderator, in another process than the page's."""
    standing.suspend(user, None, "a trial")


def change_password(url: str, user: User, cookie: str) -> None:
    """On another device: that one stays logged in, this one does not."""
    fields = {"oldpassword": "x", "password1": NEW, "password2": NEW}
    post(url, "/accounts/password/change/", session_cookie(user), **fields)


WAYS: dict[str, Callable[[str, User, str], None]] = {
    "log-out": log_out,
    "suspension": suspend,
    "new password": change_password,
}


async def revocations(url: str, trials: int, names: str = "revoked") -> Revocations:
    """So many trials, the ways in turn, one page at a time; the people get `names`."""
    found = Revocations({how: [] for how in WAYS})
    ways = list(WAYS)
    for trial, (user, cookie) in enumerate(await sync_to_async(people)(trials, names)):
        how = ways[trial % len(ways)]
        async with Page(url, cookie) as page:
            await page.hello()
            begun = time.monotonic()
            closed = asyncio.create_task(page.wait_closed())
            await sync_to_async(WAYS[how])(url, user, cookie)
            found.codes.add(await closed)
            # The page notes the moment itself: the answer to the form may come later than the close frame.
            found.took[how].append(page.closed_at - begun)
    return found
