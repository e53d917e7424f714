"""What is no longer needed goes: one round of it, every few minutes by beat (studio/tasks.py)."""

from django.conf import settings

from accounts import notices, workshops
from gallery import expiry, files, sharing
from gallery.rules import prompts as prompt_rules
from studio.files import blobs, boardfiles
from studio.gates import once
from studio.models import BoardInvitation, ComfyPrompt
from studio.news import events, pulse
from studio.queue import lifecycle, shares
from studio.worker import archiving


def keep_house() -> None:
    """Expire, forget and sweep."""
    from studio.worker import deliveries  # here only: it reads httpx

    lifecycle.expire_waiting()
    expiry.keep_house()
    events.purge()
    blobs.purge()
    ComfyPrompt.objects.prune()
    once.purge()
    boardfiles.sweep()
    archiving.forget_old()
    files.WORKS.sweep(settings.SWEEP_AFTER)
    pulse.forget_old()
    workshops.close_over()
    notices.purge()
    deliveries.purge()
    prompt_rules.forget()
    sharing.purge()
    shares.forget()
    BoardInvitation.objects.forget_old()
