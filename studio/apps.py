"""Hooks the studio into Django, and the news from below into the studio."""

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.utils.translation import gettext_lazy as _

# What is done to the studio's rows in the admin, as the record of staff actions tells it.
RECORDED = {
    "worker_drain": _("drain a worker"),
    "worker_go_on": _("let a worker take work again"),
    "worker_forget": _("forget a worker"),
    "queue_pause": _("pause a queue"),
    "queue_resume": _("let a queue go on"),
    "generation_cancel": _("cancel a generation"),
    "generation_requeue": _("put a generation back into the queue"),
    "server_look": _("have a server looked at"),
    "comment_delete": _("delete somebody's comment on a board"),
    "workflow_check": _("have a workflow held against the servers"),
    "board_spotlight": _("show a board on the big screen"),
    "board_spotlight_end": _("take a board off the big screen"),
    "board_clear": _("clear a board"),
    "board_bring_back": _("bring back what a board was cleared of"),
}


class StudioConfig(AppConfig):
    name = "studio"
    verbose_name = _("Studio")
    # What people of these roles may besides what everybody may (accounts/roles.py).
    role_permissions = {
        "operator": ["operate", "drain_worker", "view_worker", "view_generation", "view_server", "check_server"],
        "moderator": ["close_board", "view_board"],
    }

    def ready(self) -> None:
        from django.db.models.signals import post_save

        from accounts.recordwords import register
        from accounts.signals import access_revoked, account_deleted, limits_changed, notice_created, person_suspended
        from gallery.signals import remark_judged
        from studio import checks as deploy_checks
        from studio.news import events, outbox
        from studio.rooms import pins, words
        from studio.words import notice_words

        deploy_checks.register()
        notice_words.register_all()
        words.register_all()
        register(RECORDED)
        access_revoked.connect(_close_sockets, dispatch_uid="studio.close_sockets")
        account_deleted.connect(_close_all, dispatch_uid="studio.close_all")
        notice_created.connect(_tell_pages, dispatch_uid="studio.tell_pages")
        limits_changed.connect(_ask_anew, dispatch_uid="studio.ask_anew")
        remark_judged.connect(_show_comment, dispatch_uid="studio.show_comment")
        post_save.connect(_closed, sender="accounts.User", dispatch_uid="studio.closed")
        outbox.waiting.connect(_deliver, dispatch_uid="studio.deliver")
        events.recorded.connect(pins.on_recorded, dispatch_uid="studio.pins")
        person_suspended.connect(_stop_person, dispatch_uid="studio.stop_person")


@checks.register
def engine_hosts(app_configs: object, **rest: Any) -> list[checks.CheckMessage]:
    """What stands in BRUSHWIRE_ENGINE_HOSTS can be understood: a typo must not be found by whoever makes a picture."""
    return _hosts("BRUSHWIRE_ENGINE_HOSTS", settings.ENGINE_ALLOWED_HOSTS, "studio.E001")


@checks.register
def webhook_hosts(app_configs: object, **rest: Any) -> list[checks.CheckMessage]:
    """The same of BRUSHWIRE_WEBHOOK_HOSTS."""
    return _hosts("BRUSHWIRE_WEBHOOK_HOSTS", settings.WEBHOOK_ALLOWED_HOSTS, "studio.E002")


@checks.register
def cors_origins(app_configs: object, **rest: Any) -> list[checks.CheckMessage]:
    """What stands in BRUSHWIRE_CORS_ORIGINS are origins, to the letter: anything else would never be met."""
    from studio.gates.cors import is_origin

    wrong = [each for each in settings.CORS_ORIGINS if each != "*" and not is_origin(each)]
    words = "BRUSHWIRE_CORS_ORIGINS: %r is no origin, such as https://app.example.org."
    return [checks.Error(words % each, id="studio.E003") for each in wrong]


def _hosts(name: str, entries: list[str], number: str) -> list[checks.CheckMessage]:
    from studio.engines.remote.allow import Allowlist

    try:
        Allowlist(entries)
    except ValueError as error:
        return [checks.Error(f"{name}: {error}", id=number)]
    return []


def _close_sockets(sender: object, user_id: int, session_key: str, **rest: Any) -> None:
    from django.db import transaction

    from studio.news import events

    transaction.on_commit(lambda: events.sign_out(session_key))


def _close_all(sender: object, user_id: int, **rest: Any) -> None:
    from studio.news import events

    events.sign_out_person(user_id)


def _tell_pages(sender: object, notice: Any, **rest: Any) -> None:
    """Open pages hear of a notice at once; whoever has none sees it in the bell of the next one."""
    from accounts import notices
    from studio import tasks
    from studio.news import events
    from studio.protocol import Notice

    told = Notice(code=notice.code, params=notice.params, link=notice.link, unseen=notices.unseen(notice.user))
    events.publish(notice.user_id, told.model_dump(mode="json"))
    if settings.NOTICES_BY_MAIL and notices.kind_of(notice.code).mail:
        tasks.mail_soon(notice.pk)


def _stop_person(sender: object, user_id: int, **rest: Any) -> None:
    from django.db import transaction

    from studio.commands import generations
    from studio.news import events

    generations.cancel_all(user_id)
    transaction.on_commit(lambda: events.sign_out_person(user_id, "account_suspended"))
    transaction.on_commit(lambda: _tell_rooms([user_id]))


def _show_comment(sender: object, remark: Any, **rest: Any) -> None:
    from studio.commands import comments

    comments.judged(remark)


def _deliver(sender: object, **rest: Any) -> None:
    from studio import tasks

    tasks.deliver_soon()


def _ask_anew(sender: object, user_ids: list[int], **rest: Any) -> None:
    from studio.news import events

    for user_id in user_ids:
        events.limits_changed(user_id)
    _tell_rooms(user_ids)


def _closed(sender: object, instance: Any, created: bool, **rest: Any) -> None:
    """An account that was switched off: its boards are nobody else's any more."""
    from django.db import transaction

    if not created and not instance.is_active:
        transaction.on_commit(lambda: _tell_rooms([instance.pk]))


def _tell_rooms(user_ids: list[int]) -> None:
    from studio.rooms import upheaval

    upheaval.people_changed(user_ids)
