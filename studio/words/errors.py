"""Every error a person or a program can meet: one stable code, one HTTP status, one text in the reader's language.

The same table serves the WebSocket, the pages and the API; `manage.py errors_doc` writes docs/errors.md from it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from studio.words.quotawords import PAID, QUOTAS


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """`status` is the HTTP status; `text` may have %(name)s places, filled from the error's params. `again`: the same
    may succeed a little later, by itself.

    Where the words depend on the parameter `limit`, a number, `text` is a function of it.
    """

    status: int
    text: str | Promise | Callable[[int], str]
    again: bool = False


def _waiting(limit: int) -> str:
    return ngettext(
        "You already have %(limit)s picture waiting. Please wait for it.",
        "You already have %(limit)s pictures waiting. Please wait for one of them.",
        limit,
    )


ERRORS: dict[str, ErrorKind] = {
    # What was asked
    "invalid": ErrorKind(422, _("Please check the marked fields.")),
    "invalid_json": ErrorKind(400, _("This message could not be read.")),
    "bad_message": ErrorKind(400, _("The studio does not know this message.")),
    "bad_frame": ErrorKind(400, _("This binary message could not be read.")),
    "bad_request": ErrorKind(400, _("This request could not be read.")),
    "length_required": ErrorKind(411, _("An upload must say how long it is.")),
    "method_not_allowed": ErrorKind(405, _("This address cannot be asked in this way.")),
    "unsupported_version": ErrorKind(400, _("This page is out of date. Please reload it.")),
    "hello_required": ErrorKind(400, _("The connection must start with a greeting.")),
    "unknown_tool": ErrorKind(404, _("There is no such tool.")),
    "input_required": ErrorKind(422, _("This tool needs a picture or a drawing.")),
    "words_required": ErrorKind(422, _("This model makes shapes of words. Please describe one.")),
    "hints_required": ErrorKind(422, _("Without a model, please paint a few strokes of colour on the photo.")),
    "nothing_marked": ErrorKind(422, _("Nothing is marked to be made anew.")),
    "nothing_asked": ErrorKind(422, _("Nothing is asked for. Raise a slider, or mark the damage with the mask brush.")),
    "nothing_drawn": ErrorKind(422, _("The board is empty: draw what the shape shall be first.")),
    "nothing_left": ErrorKind(422, _("Everything is marked: there is nothing left to fill it from.")),
    "webhook_target": ErrorKind(422, _("The studio may not send anything there. An administrator can allow it.")),
    "webhook_disabled": ErrorKind(409, _("This webhook is switched off.")),
    "webhooks_full": ErrorKind(
        409, _("You have %(limit)s webhooks, which is the most. Delete one you no longer need.")
    ),
    "not_found": ErrorKind(404, _("This does not exist, or it is not yours.")),
    "board_conflict": ErrorKind(409, _("This board was changed elsewhere in the meantime.")),
    "boards_full": ErrorKind(409, _("You have %(limit)s boards, which is the most. Delete one you no longer need.")),
    "boards_too_large": ErrorKind(
        413, _("Your boards hold %(limit)s, which is the most. Delete one you no longer need.")
    ),
    "bad_update": ErrorKind(422, _("This change does not belong to the board and was not kept.")),
    "update_gap": ErrorKind(409, _("A change before this one is missing. It will be sent again."), again=True),
    "layers_full": ErrorKind(409, _("A board can have %(limit)s layers. Merge or delete some first.")),
    "room_full": ErrorKind(429, _("%(limit)s pages are open on this board, which is the most. Please try later.")),
    "board_deleted": ErrorKind(404, _("This board was deleted.")),
    "board_closed": ErrorKind(403, _("This board was closed by a moderator.")),
    "board_full": ErrorKind(409, _("A board can hold %(limit)s pictures. Please start another one.")),
    "comments_full": ErrorKind(
        409, _("There are %(limit)s of them already, which is the most. Please delete some that are resolved.")
    ),
    "invalid_board": ErrorKind(422, _("This drawing could not be read.")),
    "invalid_world": ErrorKind(422, _("This world could not be read.")),
    "world_empty": ErrorKind(422, _("There is nothing in this world yet. Place a model first.")),
    "world_model_gone": ErrorKind(
        422, _("A model in this world is gone, or may not be used. Take it out, or choose another one.")
    ),
    "world_too_large": ErrorKind(
        413, _("The models of a world can hold %(limit)s together. Please take some of them out.")
    ),
    "world_too_detailed": ErrorKind(
        413, _("A world can have %(limit)s triangles, this one has %(triangles)s. Please take some models out.")
    ),
    "presets_full": ErrorKind(409, _("You have %(limit)s styles, which is the most. Delete one you no longer need.")),
    "invalid_edit": ErrorKind(422, _("This picture cannot be changed in that way.")),
    "caption_unwritable": ErrorKind(422, _("These characters cannot be written here: %(characters)s")),
    "too_many_edits": ErrorKind(429, _("That were many edits in a short time. Please wait a moment.")),
    "too_many_works": ErrorKind(413, _("At most %(limit)s works at once.")),
    "tags_unfit": ErrorKind(422, _("A work can have %(limit)s tags of up to 40 characters.")),
    "collections_full": ErrorKind(
        409, _("You have %(limit)s collections, which is the most. Delete one you no longer need.")
    ),
    "collection_full": ErrorKind(409, _("A collection can hold %(limit)s works. Please start another one.")),
    "albums_full": ErrorKind(409, _("You have %(limit)s albums, which is the most. Delete one you no longer need.")),
    "album_full": ErrorKind(409, _("An album of yours can hold %(limit)s photos. Please make another one.")),
    "archive_running": ErrorKind(409, _("An archive is being packed already. Please wait for it.")),
    "too_many_archives": ErrorKind(429, _("At most %(limit)s archives are packed for you in a day.")),
    "archive_too_large": ErrorKind(413, _("At most %(limit)s works fit into one archive.")),
    "nothing_chosen": ErrorKind(422, _("Nothing of yours was chosen.")),
    "wrong_password": ErrorKind(403, _("This is not your password. Nothing was changed.")),
    "last_admin": ErrorKind(409, _("You are the only administrator left. Give somebody else that role first.")),
    "invalid_timelapse": ErrorKind(422, _("These pictures do not make a time-lapse.")),
    "too_many_frames": ErrorKind(422, _("A time-lapse can have %(limit)s pictures at most.")),
    "too_many_timelapses": ErrorKind(429, _("That were many time-lapses in a short time. Please wait a moment.")),
    "not_repeatable": ErrorKind(422, _("This picture cannot be made again: not all that it was made from was kept.")),
    "not_finished": ErrorKind(409, _("This one has not ended yet.")),
    "idempotency_reused": ErrorKind(409, _("Another request had this Idempotency-Key.")),
    "idempotency_running": ErrorKind(409, _("The same request is still being carried out. Please ask again.")),
    "forbidden": ErrorKind(403, _("You may not do this.")),
    "board_frozen": ErrorKind(409, _("This board is frozen: nobody draws on it for now.")),
    "person_unknown": ErrorKind(404, _("There is nobody of this name whom you could add.")),
    "board_people_full": ErrorKind(409, _("A board can be shared with %(limit)s people. Remove somebody first.")),
    "board_links_full": ErrorKind(409, _("A board can have %(limit)s links. End one of them first.")),
    "link_gone": ErrorKind(404, _("This link does not lead anywhere. Perhaps it has ended: ask for a new one.")),
    "unknown_act": ErrorKind(404, _("There is no such thing to do.")),
    "reason_required": ErrorKind(422, _("Please say why: it stands in the record.")),
    "not_possible": ErrorKind(409, _("This is not possible now: it is so already, or was changed just now.")),
    "already_finished": ErrorKind(409, _("This one has already ended.")),
    "prompt_blocked": ErrorKind(422, _("The rules of this place do not allow this: %(category)s.")),
    "file_unwanted": ErrorKind(422, _("A moderator has taken this picture down. It cannot be made public again.")),
    "cancelled": ErrorKind(409, _("This was stopped before it was finished.")),
    "still_waiting": ErrorKind(504, _("This is not finished yet. Ask for the same again to wait on.")),
    "too_many_waiting": ErrorKind(429, _("Already %(limit)s requests of yours wait for their pictures.")),
    # What was sent
    "too_large": ErrorKind(413, _("This is too large. The limit is %(limit)s.")),
    "unsupported_image_type": ErrorKind(415, _("Please use a PNG, JPEG or WebP picture.")),
    "invalid_image": ErrorKind(422, _("This picture is damaged and cannot be read.")),
    "image_too_large": ErrorKind(422, _("This picture has too many pixels. The limit is %(limit)s.")),
    "image_too_small": ErrorKind(422, _("This picture is too small. Each side needs at least %(limit)s pixels.")),
    "image_too_long": ErrorKind(422, _("This picture is too long. It may be %(limit)s times as long as high at most.")),
    "image_too_complex": ErrorKind(422, _("This picture takes too long to read. Please save it anew and try again.")),
    "busy": ErrorKind(503, _("The studio is very busy. Please try again in a moment."), again=True),
    "db_busy": ErrorKind(
        503, _("The studio's memory does not answer right now. Please try again in a few seconds."), again=True
    ),
    # Who asks, and how often
    "auth_required": ErrorKind(401, _("Please log in.")),
    "csrf_failed": ErrorKind(403, _("This request did not come from our own page. Please reload it.")),
    "signed_out": ErrorKind(401, _("You have been logged out.")),
    "rate_limited": ErrorKind(429, _("Too many messages at once. Please slow down."), again=True),
    "too_many_sockets": ErrorKind(429, _("The studio is open in too many windows. The oldest was disconnected.")),
    "too_many_boards": ErrorKind(429, _("You already draw live on %(limit)s boards. Please stop one of them.")),
    "too_many_rooms": ErrorKind(
        429,
        _("%(limit)s shared boards of this owner are drawn live already. Please try again in a moment."),
        again=True,
    ),
    "account_suspended": ErrorKind(403, _("This account is suspended. Logging in shows why, and until when.")),
    "account_closed": ErrorKind(403, _("This account is closed.")),
    "key_invalid": ErrorKind(401, _("This API key is not valid.")),
    "key_revoked": ErrorKind(401, _("This API key has been revoked.")),
    "key_expired": ErrorKind(401, _("This API key has expired.")),
    "key_scope": ErrorKind(403, _("This API key does not allow this. It would need “%(scope)s”.")),
    "key_address": ErrorKind(403, _("This API key cannot be used from this address.")),
    "key_model": ErrorKind(403, _("This API key cannot be used with this model.")),
    "key_not_live": ErrorKind(403, _("This API key has limits of its own and cannot draw live.")),
    "keys_full": ErrorKind(409, _("You have %(limit)s API keys, which is the most. Revoke one you no longer need.")),
    "workshop_frozen": ErrorKind(403, _("Your teacher has paused making pictures. Please wait.")),
    "workshop_over": ErrorKind(403, _("The workshop is over: no more pictures can be made. You can still see yours.")),
    "quota_exceeded": ErrorKind(429, _("This is more than your account may use.")),
    "too_expensive": ErrorKind(
        422,
        _(
            "This would take about %(cost)s seconds of computing, and a request of yours may take %(limit)s. Make it "
            "smaller, or with fewer steps or pictures."
        ),
    ),
    "queue_full": ErrorKind(429, _waiting, again=True),
    "studio_full": ErrorKind(
        503, _("Very many pictures are waiting already. Please try again in a few minutes."), again=True
    ),
    "too_many_from_here": ErrorKind(429, _("The studio is open in too many windows on your network.")),
    # What went wrong while making it
    "model_unavailable": ErrorKind(404, _("This model is not available.")),
    "adapter_unavailable": ErrorKind(404, _("“%(name)s” cannot be used with this model.")),
    "prompt_too_long": ErrorKind(
        422, _("The prompt is too long for this model. Please shorten it by about %(percent)s%%.")
    ),
    "not_live": ErrorKind(422, _("This model is too slow for live drawing. Please choose another one.")),
    "live_unavailable": ErrorKind(503, _("Live drawing is not available right now. It goes on by itself."), again=True),
    "model_too_large": ErrorKind(507, _("This model does not fit into the device's memory.")),
    "out_of_memory": ErrorKind(
        507, _("The picture does not fit into the device's memory. It would fit at %(width)s × %(height)s.")
    ),
    "engine_unreachable": ErrorKind(
        502, _("The server that makes these pictures cannot be reached right now."), again=True
    ),
    "engine_timeout": ErrorKind(504, _("The server that makes these pictures took too long to answer."), again=True),
    "engine_busy": ErrorKind(
        503, _("The server that makes these pictures is very busy. Please try again in a moment."), again=True
    ),
    "engine_error": ErrorKind(502, _("The server that makes these pictures reported a fault of its own."), again=True),
    "engine_broken": ErrorKind(
        502, _("The server that makes these pictures gave an answer that cannot be used."), again=True
    ),
    "engine_refused": ErrorKind(
        502, _("The server that makes these pictures did not accept this. Please try other settings.")
    ),
    "engine_unauthorised": ErrorKind(
        502, _("The server that makes these pictures does not know our key. Please tell an administrator.")
    ),
    "engine_not_allowed": ErrorKind(
        502, _("The studio may not connect to where this leads. Please tell an administrator.")
    ),
    "engine_cannot": ErrorKind(422, _("The server that makes these pictures cannot do this.")),
    "engine_memory": ErrorKind(
        507, _("The server that makes these pictures has too little memory for this. Please make it smaller.")
    ),
    "engine_interrupted": ErrorKind(
        502, _("Somebody stopped this on the server that makes these pictures. Please try again."), again=True
    ),
    "engine_lost": ErrorKind(
        502,
        _("The server that makes these pictures was started anew and has lost this one. Please try again."),
        again=True,
    ),
    "workflow_missing": ErrorKind(422, _("No workflow of this model can do this.")),
    "workflow_refused": ErrorKind(
        502, _("The server that makes these pictures did not accept “%(node)s” of the workflow.")
    ),
    "workflow_failed": ErrorKind(502, _("“%(node)s” of the workflow failed on the server that makes these pictures.")),
    "invalid_model": ErrorKind(422, _("This 3D model is damaged and cannot be read.")),
    "first_failed": ErrorKind(500, _("The picture that this was to be made from could not be painted.")),
    "no_picture": ErrorKind(500, _("The model made no picture of this. Please try other settings or another model.")),
    "scene_missing": ErrorKind(502, _("The model's answer holds no scene. Please say it in other words."), again=True),
    "scene_too_long": ErrorKind(
        422, _("The scene became too long; %(limit)s kB of code is the most. Please ask for something simpler.")
    ),
    "picture_refused": ErrorKind(422, _("The safety checker holds this picture for unsafe. It was not kept.")),
    "safety_unavailable": ErrorKind(503, _("The safety checker cannot be asked now. Nothing was kept.")),
    "worker_lost": ErrorKind(500, _("The worker stopped several times while making this picture."), again=True),
    "engine_failed": ErrorKind(500, _("Something went wrong while making this picture. It has been recorded.")),
    "storage_failed": ErrorKind(507, _("The picture could not be saved."), again=True),
    "expired": ErrorKind(504, _("This waited too long and was given up.")),
    "internal": ErrorKind(500, _("Something went wrong on our side. It has been recorded.")),
}


# What out_of_memory says of a photo: it keeps its size, only the network has to see it smaller.
NETWORK_SIZE = _("The photo does not fit into the device's memory at this network size. It would at %(network_size)s.")


class Refused(Exception):
    """A request was not carried out. `fields` maps a field's name to `{"code": …, "message": …}` for `invalid`."""

    def __init__(self, code: str, *, fields: dict[str, Any] | None = None, **params: Any) -> None:
        assert code in ERRORS, code
        super().__init__(code)
        self.code = code
        self.fields = fields or {}
        self.params = params


def text(code: str, params: dict[str, Any] | None = None) -> str:
    """The sentence for `code` in the language active in this thread; an unknown code reads as `internal`."""
    kind = ERRORS.get(code, ERRORS["internal"])
    known = params or {}
    words = QUOTAS.get(known.get("what", ""), kind.text) if code == "quota_exceeded" else kind.text
    if "payer" in known:
        words = PAID.get(known.get("what", code), words)
    if code == "out_of_memory" and "network_size" in known:
        words = NETWORK_SIZE
    # Parameters may be missing in an old event: a sentence with a gap is better than a second error.
    return counted(words, known.get("limit")) % _Gaps(known)


def counted(words: str | Promise | Callable[[int], str], number: Any = None) -> str:
    """`words` for so many, in the language active in this thread; for several where the number is not known."""
    if callable(words) and not isinstance(words, Promise):
        return words(number if isinstance(number, int) else 2)
    return str(words)


class _Gaps(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"
