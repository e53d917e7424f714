"""The prompt rules on every way in: what may not be asked for is refused, what is too strong is softened and told.

A refusal names the category and never the word: naming words would let anybody read the rules off, one by one. Nobody
is hindered by a flag here; it counts when the work is made public (gallery/gate.py).
"""

from collections.abc import Mapping
from typing import Any

from accounts.models import User
from gallery.models import Category, RuleAction
from gallery.rules import prompts as prompt_rules
from studio.words.errors import Refused

# The parameters with words in them, and whether they say what shall *not* be there.
FIELDS = {"prompt": False, "negative_prompt": True}
# What is told of a generation whose words were changed, by the parameter.
NOTES = {"prompt": "prompt_softened", "negative_prompt": "negative_prompt_softened"}


def admit(user: User, params: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """`params` as they may be used, and what to tell of the change (codes of NOTES).

    Raises Refused("prompt_blocked").
    """
    used, notes = dict(params), []
    for name, negative in FIELDS.items():
        if not used.get(name):
            continue
        verdict = judge(user, used[name], negative=negative)
        if verdict.text != used[name]:
            used[name] = verdict.text
            notes.append(NOTES[name])
    return used, notes


def judge(user: User, text: str, *, negative: bool = False) -> prompt_rules.Verdict:
    """What the rules say of a text of `user`, remembered where it counts. Raises Refused("prompt_blocked")."""
    verdict = prompt_rules.check(text, negative=negative)
    prompt_rules.remember(user, text, verdict)
    if verdict.action == RuleAction.BLOCK:
        raise Refused("prompt_blocked", category=str(Category(verdict.categories[0]).label))
    return verdict
