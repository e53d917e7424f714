"""What a request would cost, told before it is sent. Changes nothing."""

from dataclasses import dataclass
from typing import Any

from accounts.limits import limits_of
from accounts.models import User
from studio import tools
from studio.commands import generations
from studio.queue import limits, prices
from studio.words.errors import Refused


@dataclass(frozen=True, slots=True)
class Price:
    """Device seconds: what the request costs, what is `left` of the day's `limit` (None: no limit).

    `refusal` is why it would be refused, None when it would not. What cannot be asked for at all has no cost, nor what
    depends on the size of a picture that is not sent yet.
    """

    cost: float | None
    left: float | None
    limit: int | None
    refusal: Refused | None


def price(user: User, tool_name: str, model_name: str | None, params: dict[str, Any]) -> Price:
    """The price of such a request. Refuses nothing: an answer that the page shows, not an error."""
    allowed, use = limits_of(user), limits.use_of(user.pk)
    most = allowed.gpu_seconds_per_day
    left = None if most is None else max(0.0, round(most - use.gpu_seconds, 3))
    cost = None
    try:
        cost = _cost(user, tool_name, model_name, params)
        limits.check_cost(allowed, cost or 0.0)
        limits.check_device_seconds(allowed, use, cost or 0.0)
    except Refused as refused:
        return Price(cost, left, most, refused)
    return Price(cost, left, most, None)


def _cost(user: User, tool_name: str, model_name: str | None, params: dict[str, Any]) -> float | None:
    """None where the price depends on a picture that is not known yet."""
    tool = tools.find(tool_name)
    model = generations.model_for(user, tool, model_name)
    # Words cost nothing, and need not be sent.
    words = {"prompt": "x"} if "prompt" in tool.form_class.base_fields else {}
    cleaned = tool.clean(words | params, model)
    if not prices.work(tool, cleaned):
        return None
    first = tool.first(cleaned, ())
    before = (_cost(user, first.tool, None, words) or 0.0) if first is not None else 0.0
    return prices.cost(tool, model, cleaned) + before
