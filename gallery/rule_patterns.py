"""Which regular expressions a rule may be: those whose work is bounded, whatever the text. Everything else is refused.

Python's engine backtracks: `(a+)+$` takes longer than anybody lives on fifty letters. So repetition must have an end
(`{0,20}` instead of `*`), and the number of ways in which the whole pattern can try to match at one place is counted
from its syntax tree and limited. The work on a text of n characters is then at most n times that number.
"""

import re
from re import _constants as sre  # type: ignore[attr-defined]  # no public way to the syntax tree
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LONGEST = 200  # characters of a pattern
# Measured: an expression at this limit takes 20 ms at worst on a text of 2,000 characters made for it.
MOST_WAYS = 2000

_ONE_CHARACTER = {sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN}


def compile_bounded(pattern: str) -> re.Pattern[str]:
    """The compiled pattern; ValidationError, in words for staff, when it is wrong or could take too long."""
    if len(pattern) > LONGEST:
        raise ValidationError(_("A regular expression has at most %(limit)s characters."), params={"limit": LONGEST})
    try:
        tree = _parser.parse(pattern)
        compiled = re.compile(pattern, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        told = {"error": str(error)}
        raise ValidationError(_("This is no regular expression: %(error)s"), params=told) from None
    if compiled.match(""):
        raise ValidationError(_("This expression matches everywhere."))
    if _ways(tree) > MOST_WAYS:
        raise ValidationError(_("This expression could take too long: it can match in too many ways."))
    return compiled


def _ways(tree: Any) -> int:
    """In how many ways a sequence can be tried at one place, at most. Raises ValidationError for what has no limit."""
    ways = 1
    for operation, argument in tree:
        ways *= _ways_of(operation, argument)
        if ways > MOST_WAYS:
            return ways
    return ways


def _ways_of(operation: Any, argument: Any) -> int:
    if operation in _ONE_CHARACTER or operation is sre.AT:
        return 1
    if operation is sre.SUBPATTERN:
        return _ways(argument[-1])
    if operation is sre.BRANCH:
        return sum(_ways(branch) for branch in argument[1])
    if operation in (sre.MAX_REPEAT, sre.MIN_REPEAT):
        least, most, body = argument
        if most is sre.MAXREPEAT:
            raise ValidationError(_("Repetition needs an end: write {0,20} instead of * and {1,20} instead of +."))
        return _repeated(_ways(body), int(least), int(most))
    raise ValidationError(_("Look-arounds, references and conditions cannot be used in a rule."))


def _repeated(ways: int, least: int, most: int) -> int:
    total = 0
    for times in range(least, most + 1):
        total += ways ** min(times, 64)
        if total > MOST_WAYS:
            break
    return total
