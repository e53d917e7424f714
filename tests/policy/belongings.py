"""One of everything that a person can have, for the table of rights."""

import io
import json
import uuid
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone
from PIL import Image

from accounts import keys, workshops
from accounts.models import Invitation, User, Workshop
from gallery import collecting, keeping, publishing, sharing
from gallery.models import Case, Decision, Work
from studio.commands import boardlinks, boards, comments
from studio.commands import sharing as sharing_boards
from studio.files import blobs
from studio.models import Album, AlbumPhoto, Archive, Delivery, Generation, Model, Preset, Webhook
from studio.worker import archiving
from tests.studio.commands.test_boards import drawn, line
from tests.studio.engines.test_world import document

dumps = json.dumps


def png(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (48, 32), colour).save(out, "PNG")
    return out.getvalue()


def work_of(user: User, generation: uuid.UUID | None = None) -> Work:
    recipe = keeping.Recipe("text_to_image", "fake", "fake", {"prompt": "a boat", "count": 1, "steps": 2}, {}, 1.5)
    drafts = keeping.prepare(recipe, [keeping.Picture(png("teal"), "image/png", 7)], {})
    with transaction.atomic():
        return keeping.keep(user.pk, generation or uuid.uuid4(), drafts)[0]


def moderator() -> User:
    """A person of the group of moderators."""
    made = User.objects.create_user("mod", "mod@example.org", "x")
    made.groups.add(Group.objects.get(name="moderator"))
    return made


def of(owner: User, reporter: User) -> dict[str, str]:
    """The names of everything that `owner` has, as the table's addresses use them. `reporter` reported the work."""
    # Whoever leads workshops is more than a member.
    owner.groups.add(Group.objects.get(name="trusted"))
    made = Generation.objects.create(
        owner=owner, command="c", tool="text_to_image", model=Model.objects.get(name="fake"), model_name="fake",
        params={"prompt": "a boat", "count": 1, "steps": 2}, state="finished", finished_at=timezone.now(),
    )  # fmt: skip
    work, twin = work_of(owner, made.pk), work_of(owner)
    publishing.set_tags(owner, work.pk, ["sea"])
    collection = collecting.make(owner, "Sea")
    collecting.add(owner, collection, [work.pk])
    link = sharing.create(owner, work.pk, "day")
    sea = sharing.token(sharing.create_to_collection(owner, collection.pk, "day"))
    case = Case.objects.create(work=work, person=owner)
    decision = Decision.objects.create(case=case, person=owner, work=work, act="hide", moderator=None, before="clear")
    names = {
        "person": owner.username, "user": owner.pk, "work": work.pk, "twin": twin.pk, "generation": made.pk,
        "case": case.pk, "collection": collection.pk, "link": link.pk, "token": sharing.token(link), "sea": sea,
        "decision": decision.pk,
    }  # fmt: skip
    return {name: str(value) for name, value in (names | _kept(owner) | _school(owner)).items()}


def write(archive: Archive) -> None:
    """The file of an archive: an empty ZIP."""
    path = archiving.path_of(archive)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"PK\x05\x06" + bytes(18))


def _kept(owner: User) -> dict[str, Any]:
    board = uuid.uuid4()
    boards.save(owner, board, boards.Save(0, json.dumps(drawn(line())).encode(), png("red")))
    guest = User.objects.create_user("guest")
    sharing_boards.add(owner, board, guest.username, "watch")
    board_link = boardlinks.make(owner, board, "watch", "day")
    shared = {"guest": guest.pk, "board_link": board_link.pk, "board_token": boardlinks.token(board_link)}
    world = uuid.uuid4()
    boards.save(owner, world, boards.Save(0, json.dumps(document()).encode(), kind="world"))
    said = comments.add(owner, board, comments.Wish(uuid.uuid4(), uuid.uuid4(), "Here", 1, 1))
    archive = Archive.objects.create(owner=owner, state="ready", size=22)
    write(archive)
    preset = Preset.objects.create(owner=owner, name="mine", prompt="{prompt}")
    album = Album.objects.create(owner=owner, tool="colorize", model_name="plain")
    photo = AlbumPhoto.objects.create(album=album, name="old.png", sha256="0" * 64)
    key, _secret = keys.make(owner, keys.Wish("notebook", ["read"]))
    webhook = Webhook.objects.create(owner=owner, url="https://hooks.example.org", events=["finished"])
    delivery = Delivery.objects.create(webhook=webhook, event="ping", body="{}", state="delivered")
    hooks = {"webhook": webhook.pk, "delivery": delivery.pk}
    scene = uuid.uuid4()
    Generation.objects.create(
        owner=owner, command="s", tool="code_scene", model_name="chat", board=scene, state="failed"
    )
    own = (
        hooks
        | shared
        | {
            "scene": scene,
            "comment": said.pk,
            "thread": said.thread_id,
            "key": key.prefix,
            "album": album.pk,
            "photo": photo.pk,
            "input": blobs.put(owner.pk, png("navy")).pk,
        }
    )
    return own | {"board": board, "world": world, "archive": archive.pk, "preset": preset.pk}


def _school(owner: User) -> dict[str, Any]:
    workshop = workshops.make(
        Workshop(name="Class", seats=5, ends_at=timezone.now() + timedelta(days=9)), owner, images_per_day=9
    )
    pupil = workshops.join(workshop, "pupil", "long enough for all")
    invitation = Invitation.objects.create(group=Group.objects.get(name="member"))
    return {"workshop": workshop.pk, "join": workshop.code, "pupil": pupil.pk, "invitation": invitation.pk}
