"""What is said where another person's account pays for a picture and does not allow it: whose it is, and why not."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

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
