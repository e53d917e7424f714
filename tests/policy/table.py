"""The table of rights: for every address and method, what each kind of person gets for a work in each state.

A line is `method address {form}` and four words, one for the owner, another user, a moderator and nobody. In a word
stands one letter for each state of STATES: o = it is done, x = there is no such thing (404), l = asked to log in,
a = refused without a log-in (401), f = forbidden (403). A word of one letter counts for all states.
"""

from dataclasses import dataclass
from typing import Any

STATES = ("private", "unlisted", "public", "held", "hidden", "removed", "deleted")
ROLES = ("owner", "bob", "mod", "nobody")


@dataclass(frozen=True, slots=True)
class Rule:
    """`form` is sent as a form, or as JSON where `json`; `{work}` and the like are filled in."""

    method: str
    address: str
    words: tuple[str, str, str, str]
    form: dict[str, Any] | None = None
    json: bool = False

    def expected(self, role: str, state: str) -> str:
        word = self.words[ROLES.index(role)]
        return word if len(word) == 1 else word[STATES.index(state)]


SEE = ("oooooox", "xxoxxxx", "xxoxxxx", "llollll")
SEE_404 = ("oooooox", "xxoxxxx", "xxoxxxx", "xxoxxxx")
OWN = ("oooooox", "x", "x", "l")
API_OWN = ("oooooox", "x", "x", "a")
MINE = ("o", "x", "x", "l")
API_MINE = ("o", "x", "x", "a")
PERSON = ("o", "o", "o", "l")
API_PERSON = ("o", "o", "o", "a")
ALL = ("o", "o", "o", "o")


def get(address: str, words: tuple[str, str, str, str]) -> Rule:
    return Rule("GET", address, words)


def post(address: str, words: tuple[str, str, str, str], **form: Any) -> Rule:
    return Rule("POST", address, words, form)


def api(method: str, address: str, words: tuple[str, str, str, str], **body: Any) -> Rule:
    return Rule(method, "/api/v1" + address, words, body or None, json=True)


PAGES = (
    get("/", ALL),
    get("/studio/", PERSON),
    get("/studio/?work={work}", SEE_404[:3] + ("l",)),
    get("/studio/?input={work}", SEE_404[:3] + ("l",)),
    get("/explore/", ALL),
    get("/people/{person}/", ALL),
    get("/tags/sea/", ALL),
    get("/gallery/", PERSON),
    get("/gallery/bin/", PERSON),
    get("/collections/", PERSON),
    get("/boards/", PERSON),
    get("/account/data/", PERSON),
    get("/healthz", ALL),
    get("/i18n/catalog.js", ALL),
)
WORKS = (
    get("/gallery/{work}/", SEE),
    get("/gallery/{work}/delete/", OWN),
    post("/gallery/{work}/delete/", OWN),
    get("/media/works/{work}/image", SEE_404),
    get("/media/works/{work}/thumb-320", ("o", "xxoxxxx", "xxoxxxx", "xxoxxxx")),
    get("/media/works/{work}/nothing", ("x", "x", "x", "x")),
    api("PATCH", "/works/{work}", API_OWN, favourite=True),
    api("GET", "/works/{work}/edit", API_OWN),
    api("POST", "/works/{work}/edit", API_OWN, operations=[{"kind": "turn", "quarters": 1}]),
)
THINGS = (
    get("/collections/{collection}/", MINE),
    post("/collections/{collection}/describe/", MINE, title="t", visibility="public"),
    post("/collections/{collection}/delete/", MINE),
    post("/boards/{board}/duplicate/", MINE),
    post("/boards/{board}/rename/", MINE, title="x"),
    post("/boards/{board}/delete/", MINE),
    post("/account/data/archives/{archive}/discard/", MINE),
    get("/account/data/archives/{archive}.zip", ("o", "x", "x", "x")),
    api("GET", "/works/archives/{archive}", API_MINE),
    api("GET", "/generations/{generation}", API_MINE),
    api("GET", "/inputs/{input}", API_MINE),
    api("GET", "/boards/{board}", API_MINE),
    api("DELETE", "/boards/{board}", API_MINE),
    api("DELETE", "/presets/{preset}", API_MINE),
)
