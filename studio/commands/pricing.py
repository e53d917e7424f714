"""What a request would cost, told before it is sent. Changes nothing."""

from dataclasses import dataclass
from typing import Any

from accounts.limits import limits_of
from accounts.models import User
from studio import limits, prices, tools
from studio.commands import generations
from studio.errors import Refused


@dataclass(frozen=True, slots=True)
class Price:
    """Device seconds: what the request costs, what is `left` of the day's `limit` (None: no limit).

    `refusal` is why it would be refused for what it costs, None when it would not.
    """

    cost: float
    left: float | None
    limit: int | None
    refusal: Refused | None


def price(user: User, tool_name: str, model_name: str | None, params: dict[str, Any]) -> Price:
    """The price of such a request. Raises Refused: unknown_tool, model_unavailable, invalid."""
    tool = tools.find(tool_name)
    model = generations.model_for(user, tool, model_name)
    words = (
        {"prompt": "x"} if "prompt" in tool.form_class.base_fields else {}
    )  # they cost nothing, and need not be sent
    cost = prices.cost(tool, model, tool.clean(words | params, model))
    allowed, use = limits_of(user), limits.use_of(user.pk)
    most = allowed.gpu_seconds_per_day
    left = None if most is None else max(0.0, round(most - use.gpu_seconds, 3))
    refusal = None
    try:
        limits.check_cost(allowed, cost)
        limits.check_device_seconds(allowed, use, cost)
    except Refused as refused:
        refusal = refused
    return Price(cost, left, most, refusal)
