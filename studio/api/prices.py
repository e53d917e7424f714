"""The API's address for what a request would cost."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from studio import tools
from studio.api.auth import by, person
from studio.api.bodies import Body
from studio.commands import pricing
from studio.commands.generations import model_for
from studio.gates.keyring import key_of
from studio.words import errors

router = Router(tags=["generations"], auth=by("generate"))


class PriceForm(Body):
    tool: str
    model: str | None = None
    params: dict[str, Any] = {}


class RefusalView(Schema):
    code: str
    message: str


class PriceView(Schema):
    """Seconds of computing: `cost` of the request, `left` of the day's `limit` (null: no limit). `refusal` says why it
    would be refused, null when it would not; then `cost` is null where it cannot be asked for at all."""

    cost: float | None
    left: float | None
    limit: int | None
    refusal: RefusalView | None


@router.post("", response=PriceView)
def price(request: HttpRequest, body: PriceForm) -> Any:
    """What such a submit would cost; nothing is charged."""
    user, key, model = person(request), key_of(request), body.model
    if model is None and key is not None and key.model_names:
        model = model_for(user, tools.find(body.tool), None, key).name
    found = pricing.price(user, body.tool, model, body.params)
    why = found.refusal
    refusal = {"code": why.code, "message": errors.text(why.code, why.params)} if why else None
    return {"cost": found.cost, "left": found.left, "limit": found.limit, "refusal": refusal}
