"""News from the gallery, for rooms above that must act on it."""

from django.dispatch import Signal

# A moderator has decided about words that were reported, or a decision about them was taken back. Sent in the
# transaction that writes it. Argument: remark (gallery.models.Remark, with its `moderation` as it is now).
remark_judged = Signal()
