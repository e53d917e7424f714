"""Which LoRAs a person may use with a model, and their weights where none was said."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from studio.models import Adapter, Model
from studio.words.errors import Refused


def check_loras(user: User, model: Model, chosen: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """`chosen` as LorasField gives them, every weight set. Raises Refused("invalid") with the field `loras`.

    One that is somebody else's is told like one that does not exist.
    """
    if not chosen:
        return []
    rows = Adapter.objects.usable_by(user).filter(kind=Adapter.Kind.LORA, family=model.family)
    known = {row.name: row for row in rows}
    for entry in chosen:
        if entry["name"] not in known:
            message = _("There is no LoRA “%(name)s” for this model.") % {"name": entry["name"][:64]}
            raise Refused("invalid", fields={"loras": {"code": "unknown", "message": message}})
    return [
        {"name": e["name"], "weight": known[e["name"]].weight if e["weight"] is None else e["weight"]} for e in chosen
    ]
