"""Pages asked with addresses, questions and forms that nobody expects, by the owner, a moderator and nobody.

The addresses are those of the table of rights (tests/policy): all there are, with the names of things that exist.
"""

import http.client
import random
import re
import time
import urllib.parse
from collections import Counter
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field

from django.contrib import admin

from accounts.models import User
from studio.words.errors import ERRORS
from tests.chaos.fuzz import values
from tests.chaos.fuzz.mutants import Mutants
from tests.policy import belongings
from tests.policy.rules import Rule
from tests.policy.table import RULES
from tests.stack.session import session_cookie

TOKEN = "t" * 32
# What pages look at in their questions.
ASKED = (
    "q", "page", "sort", "order", "work", "input", "next", "told", "seen", "key", "code", "before", "after", "as",
    "from", "to", "tag", "model", "tool", "saved", "visibility", "colour", "size", "shape", "person", "cursor",
    "format",
)  # fmt: skip
# allauth's pages and the addresses that the table leaves to other tests.
MORE = (
    "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/accounts/email/", "/accounts/2fa/",
    "/accounts/password/change/", "/accounts/confirm-email/x:y:z/", "/accounts/password/reset/key/1-set-password/",
    "/i18n/setlang/", "/static/css/tokens.css", "/media/works/x/image", "/readyz", "/ws/studio/",
)  # fmt: skip
FREE = {"/readyz"}  # says 503 as long as something is missing
SLOWEST = 20.0
# What is longer than 16 kB gets no answer from Twisted: it closes the connection (nginx says 414). And the address
# of the log-in page carries it along, in escapes of escapes.
TARGET_MAX = 5_000
_NO_FORM = ("&q=%ff%fe", "&%=%", "&=&&", "&q=%00", "&q[]=1&q[a]=2")
WORDS = ("1", "0", "on", "", "private", "public", "day", "en", "2026-01-01", "hide", "other", "a boat")


@dataclass
class Asked:
    """`statuses` by how often; `wrong`: answers of a broken server, or refusals by a code that is none."""

    requests: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        told = f"{self.requests} requests in {self.seconds:.0f} s ({self.requests / self.seconds:.0f}/s), slowest "
        told += f"{self.slowest:.1f} s, {len(self.wrong)} wrong; "
        told += ", ".join(f"{status}: {count}" for status, count in sorted(self.statuses.items()))
        return told + "; " + ", ".join(f"{code} {count}" for code, count in self.codes.most_common())

    def note(self, what: str, status: int, body: bytes, seconds: float) -> None:
        """One answer."""
        self.requests += 1
        self.statuses[status] += 1
        self.slowest = max(self.slowest, seconds)
        code = re.match(rb'\{"code": ?"([a-z_]+)"', body) if status >= 400 else None
        if code:
            self.codes[code[1].decode()] += 1
            if code[1].decode() not in ERRORS or code[1] == b"internal":
                self.wrong.append(f"{what}: {status} with code {code[1].decode()}")
        # 501: a method that HTTP does not know. 503 and 507 with a code are refusals.
        if status >= 500 and status != 501 and not code:
            self.wrong.append(f"{what}: {status} {body[:300]!r}")
        if seconds > SLOWEST:
            self.wrong.append(f"{what}: took {seconds:.1f} s")


class Browser:
    """One connection that stays, as somebody or nobody."""

    def __init__(self, port: int, person: User | None) -> None:
        self.port, self.person = port, person
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.renew()

    def renew(self) -> None:
        """Log in anew: a form may have logged out."""
        self.cookie = f"csrftoken={TOKEN}" + (f"; {session_cookie(self.person)}" if self.person else "")

    def ask(self, method: str, target: str, body: bytes = b"", kind: str = "") -> tuple[int, bytes]:
        """Status and body. What http.client itself refuses to send is put right."""
        headers = {
            "Cookie": self.cookie, "Origin": f"http://127.0.0.1:{self.port}", "X-CSRFToken": TOKEN,
            "Accept": "text/html", "Content-Type": kind, "Referer": f"http://127.0.0.1:{self.port}/",
        }  # fmt: skip
        for last in (False, True):
            try:
                self.connection.request(method, target, body, {name: told for name, told in headers.items() if told})
                answer = self.connection.getresponse()
                return answer.status, answer.read()
            except (OSError, http.client.HTTPException):
                self.connection.close()
                if last:
                    raise
        raise AssertionError


def fuzz(port: int, people: dict[str, User | None], names: dict[str, str], requests: int, seed: int = 1) -> Asked:
    """So many requests, over all addresses; `names` are those of what the first of `people` owns."""
    asked, chance, begun = Asked(), random.Random(seed), time.monotonic()
    browsers = [Browser(port, person) for person in people.values()]
    rules: Sequence[Rule | str] = [*RULES, *MORE, *_admin()]
    order = list(rules) * (requests // len(rules) + 1)
    chance.shuffle(order)
    for number, rule in enumerate(order[:requests]):
        browser = chance.choice(browsers)
        if number % 10 == 0:
            browser.renew()
        method, target, body, kind = _request(rule, names, chance)
        then = time.monotonic()
        what = f"{seed}/{number} {browser.person} {method} {target[:200]} {body[:200]!r}"
        try:
            status, answer = browser.ask(method, target, body, kind)
        except (OSError, http.client.HTTPException) as error:
            asked.wrong.append(f"{what}: {error!r}")
            continue
        if not any(target.startswith(free) for free in FREE):
            asked.note(what, status, answer, time.monotonic() - then)
    asked.seconds = time.monotonic() - begun
    return asked


def _admin() -> list[str]:
    """The lists and the forms of the administration."""
    models = [model._meta for model in admin.site._registry]
    return [f"/admin/{meta.app_label}/{meta.model_name}/{end}" for meta in models for end in ("", "add/", "1/change/")]


def _request(rule: Rule | str, names: dict[str, str], chance: random.Random) -> tuple[str, str, bytes, str]:
    """Method, target, body and its type."""
    if isinstance(rule, str):
        method, address, form = chance.choice(["GET", "POST"]), rule, {}
    else:
        method, address, form = rule.method, rule.address, deepcopy(rule.form or {})
    if chance.random() < 0.05:
        method = chance.choice(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
    known = {name: value if chance.random() < 0.85 else _odd(chance) for name, value in names.items()}
    address = re.sub(r"\{(\w+)\}", lambda match: _quoted(known[match[1]]), address)
    question = _encoded(
        [(chance.choice(ASKED), _value(names, chance)) for _ in range(chance.choice([0, 0, 1, 2, 4]))], chance
    )
    target = address + (("&" if "?" in address else "?") + question if question else "")
    target = target[:TARGET_MAX]
    if method in ("GET", "HEAD"):
        return method, target, b"", ""
    if isinstance(rule, Rule) and rule.json:
        value = values.damaged(form, chance) if chance.random() < 0.8 else values.strange(chance)
        return method, target, values.spelt(value, chance).encode("utf-8", "surrogatepass"), "application/json"
    fields = [(name, value.format(**known) if isinstance(value, str) else value) for name, value in form.items()]
    fields = [(name, _value(names, chance) if chance.random() < 0.5 else value) for name, value in fields]
    fields += [(chance.choice([*ASKED, *form]), _value(names, chance)) for _ in range(chance.choice([0, 0, 1, 3]))]
    if chance.random() < 0.1:
        return method, target, *_multipart(fields, chance)
    return method, target, _encoded(fields, chance).encode(), "application/x-www-form-urlencoded"


def _value(names: dict[str, str], chance: random.Random) -> str:
    draw = chance.random()
    if draw < 0.3:
        return chance.choice(list(names.values()))
    return chance.choice(WORDS) if draw < 0.6 else _odd(chance)


def _odd(chance: random.Random) -> str:
    value = values.strange(chance)
    return value if isinstance(value, str) else str(value)[:2000]


def _encoded(pairs: list[tuple[str, str]], chance: random.Random) -> str:
    text = "&".join(f"{_quoted(name)}={_quoted(str(value)[:3000])}" for name, value in pairs)
    # Bytes that are no UTF-8, halves of escapes, empty names.
    return (
        text + chance.choice(["&q=%ff%fe", "&%=%", "&=&&", "&q=%00", "&q[]=1&q[a]=2"])
        if chance.random() < 0.1
        else text
    )


def _quoted(text: str) -> str:
    return urllib.parse.quote(text.encode("utf-8", "surrogatepass"), safe="")


def _multipart(fields: list[tuple[str, str]], chance: random.Random) -> tuple[bytes, str]:
    parts = [f'name="{name}"\r\n\r\n{value}'.encode("utf-8", "surrogatepass") for name, value in fields]
    parts.append(b'name="file"; filename="../\xff.png"\r\n\r\n' + Mutants(chance).next())
    body = b"".join(b"--x\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts) + b"--x--\r\n"
    return body[: chance.randint(0, len(body))] if chance.random() < 0.2 else body, "multipart/form-data; boundary=x"


def cast() -> tuple[dict[str, User | None], dict[str, str]]:
    """Alice, who has one of everything, a moderator, an administrator and nobody; and the names of what she has."""
    alice = User.objects.create_user("alice", "alice@example.org", "x")
    bob = User.objects.create_user("bob", "bob@example.org", "x")
    boss = User.objects.create_superuser("boss", "boss@example.org", "x")
    names = belongings.of(alice, bob)
    return {"alice": alice, "mod": belongings.moderator(), "boss": boss, "nobody": None}, names
