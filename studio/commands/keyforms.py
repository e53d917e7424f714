"""Making an API key: what accounts/keys.py refuses in the words of this house, and whether the models are there."""

from django.conf import settings
from django.utils.translation import gettext as _

from accounts import keys
from accounts.models import ApiKey, User
from studio.models import Model
from studio.words.errors import Refused


def make(owner: User, wish: keys.Wish, *, by: ApiKey | None = None, in_path: bool = False) -> tuple[ApiKey, str]:
    """A new key (`in_path`: a connect code) and its secret, which is told once. Refused: invalid, keys_full."""
    usable = set(Model.objects.usable_by(owner).values_list("name", flat=True)) if wish.model_names else set()
    if set(wish.model_names) - usable:
        raise _unfit(keys.Unfit("model_names", "unknown"))
    try:
        return keys.make(owner, wish, by=by, in_path=in_path)
    except keys.Unfit as unfit:
        raise _unfit(unfit) from None
    except keys.TooMany:
        raise Refused("keys_full", limit=settings.API_KEYS_PER_PERSON) from None


def _unfit(unfit: keys.Unfit) -> Refused:
    words = {
        "required": _("This is needed."),
        "too_long": _("At most %(limit)s characters."),
        "unknown": _("There is no such thing to choose."),
        "bad_address": _("Write addresses such as 192.0.2.7, or networks such as 192.0.2.0/24."),
        "too_many": _("At most %(limit)s of them."),
        "past": _("This moment is over already."),
        "more_than_own": _("This key itself may not do so much."),
    }
    name = {"model_names": "models"}.get(unfit.field, unfit.field)
    return Refused("invalid", fields={name: {"code": unfit.code, "message": words[unfit.code] % unfit.params}})
