"""How a line of the table of rights is written: for whom, for a work in which state, with what outcome.

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


SEE = ("oooooxx", "xxoxxxx", "xxoxxxx", "llollll")
SEE_404 = ("oooooxx", "xxoxxxx", "xxoxxxx", "xxoxxxx")
OWN = ("oooooxx", "x", "x", "l")
API_OWN = ("oooooxx", "x", "x", "a")
MINE = ("o", "x", "x", "l")
API_MINE = ("o", "x", "x", "a")
PERSON = ("o", "o", "o", "l")
API_PERSON = ("o", "o", "o", "a")
ALL = ("o", "o", "o", "o")


def get(address: str, words: tuple[str, str, str, str]) -> Rule:
    return Rule("GET", address, words)


def post(address: str, rights: tuple[str, str, str, str], /, **form: Any) -> Rule:
    return Rule("POST", address, rights, form)


def api(method: str, address: str, rights: tuple[str, str, str, str], /, **body: Any) -> Rule:
    return Rule(method, "/api/v1" + address, rights, body or None, json=True)


STAFF = ("f", "f", "o", "l")
# Everybody but the owner.
OTHERS = ("x", "xxoxxxx", "xxoxxxx", "xxoxxxx")
# Leading workshops takes a permission, which moderators have too.
TAUGHT = ("o", "f", "x", "l")
