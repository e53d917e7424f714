"""What is said where an account does not allow something: one's own, an API key's, or that of whoever pays for a board.

Where the words depend on the parameter `limit`, a number, they are a function of it.
"""

from collections.abc import Callable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext


def _a_day(limit: int) -> str:
    return ngettext(
        "You can make %(limit)s picture a day. There will be a new one tomorrow.",
        "You can make %(limit)s pictures a day. There will be new ones tomorrow.",
        limit,
    )


# What quota_exceeded says by its parameter `what`.
QUOTAS: dict[str, str | Promise | Callable[[int], str]] = {
    "size": _("A picture of yours can have %(limit)s at most."),
    "images_per_day": _a_day,
    "gpu_seconds_per_day": _(
        "You have %(limit)s seconds of computing a day, and what is left of them today, %(left)s, is not enough for "
        "this. It goes on tomorrow."
    ),
    "key_images_per_day": _("This API key can make %(limit)s pictures a day. It goes on tomorrow."),
    "key_gpu_seconds_per_day": _("This API key may use %(limit)s seconds of computing a day. It goes on tomorrow."),
    "storage": _("Your storage of %(limit)s is full. Delete pictures that you no longer need."),
}

# Where another person's account pays for a picture: whose it is, and why not.
# By the error's code, or by what was exceeded. `payer` is the name of whose account it is.
PAID: dict[str, str | Promise] = {
    "size": _("%(payer)s pays for the pictures of this board, which can have %(limit)s at most."),
    "images_per_day": _("%(payer)s pays for the pictures of this board and has made today's %(limit)s. More tomorrow."),
    "gpu_seconds_per_day": _(
        "%(payer)s pays for the pictures of this board and has no computing time left today. It goes on tomorrow."
    ),
    "storage": _("%(payer)s pays for the pictures of this board and has no room left to keep them."),
    "too_expensive": _("%(payer)s pays for the pictures of this board. This one would take too long. Make it smaller."),
    "queue_full": _("%(payer)s pays for the pictures of this board and has enough of them waiting already."),
    "model_unavailable": _("%(payer)s pays for the pictures of this board and cannot use this model."),
    "adapter_unavailable": _("%(payer)s pays for the pictures of this board and cannot use “%(name)s” with it."),
    "workshop_frozen": _("%(payer)s pays for the pictures of this board, and the teacher there has paused them."),
    "workshop_over": _("%(payer)s pays for the pictures of this board, whose workshop is over."),
}
