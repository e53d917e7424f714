"""The API's addresses of sharing boards: people, workshops, links, and what is shared with oneself."""

from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Field, Query, Router, Schema, Status

from accounts import qr
from accounts.addresses import address_of
from accounts.models import User
from studio.api.auth import by, person
from studio.api.bodies import Body
from studio.api.paging import Page, Paged, page
from studio.api.repeated import idempotent
from studio.commands import boardlinks, shared, sharing
from studio.models import Board, BoardGroup, BoardInvitation, BoardMember
from studio.rooms import access, people

router = Router(tags=["boards"], auth=by("boards"))
Role = Literal["watch", "comment", "draw", "owner"]
Payer = Literal["owner", "each"]


class SharedView(Schema):
    """A board of somebody else that one may open. `role` is the highest that one has there."""

    id: UUID
    title: str
    owner: str
    role: Role
    changed_at: str
    thumbnail: str | None


class RightsView(Schema):
    """What one may do on a board now. `frozen`: drawing is off for this person for now; `teacher`: one leads the
    workshop of the board's owner; `own`: it is one's own."""

    role: Role
    watch: bool
    comment: bool
    draw: bool
    pin: bool
    share: bool
    steer: bool
    own: bool
    teacher: bool
    frozen: bool


class PersonView(Schema):
    """Somebody whom a board is shared with. `by_link`: they came in by a link; `colour`: theirs on every board."""

    id: int
    name: str
    colour: str
    role: Role
    by_link: bool
    since: str


class GroupView(Schema):
    """A workshop whose people are all let in."""

    workshop: int
    name: str
    role: Role


class ChoiceView(Schema):
    """A workshop of one's own with which a board can be shared."""

    id: int
    name: str


class SharingView(Schema):
    """Whom a board is shared with. `frozen`: for those who may not steer it; `offered`: people who may be added."""

    title: str
    owner: str
    owner_id: int
    owner_colour: str
    teacher: str
    payer: Payer
    frozen: bool
    closed: str
    rights: RightsView
    people: list[PersonView]
    workshops: list[GroupView]
    offered: list[str]
    offered_workshops: list[ChoiceView]


class LinkView(Schema):
    """A link that lets people in. `used`: how many came by it; `qr` is where its QR code is (SVG)."""

    id: UUID
    role: Role
    address: str
    qr: str
    used: int
    created_at: str
    expires_at: str | None


class JoinedView(Schema):
    """The board that a link led to, and what one may do there."""

    id: UUID
    role: Role


class EndedView(Schema):
    """How many people were put out together with a link."""

    removed: int


class PersonForm(Body):
    name: str = Field(max_length=150)
    role: Role


class RoleForm(Body):
    role: Role


class LinkForm(Body):
    role: Role
    lasting: Literal["hour", "day", "week", "month", "always"] = "week"


class SharingForm(Body):
    """What to change; what is left out stays."""

    payer: Payer | None = None
    frozen: bool | None = None


class EndForm(Schema):
    people: bool = Field(False, description="Whether those who came by the link are put out as well.")


class TokenForm(Body):
    token: str = Field(max_length=60)


@router.get("/shared", auth=by("read", "boards"), response=Page[SharedView])
def shared_boards(request: HttpRequest, paged: Query[Paged]) -> Any:
    """Boards of others that are shared with oneself, the last changed first."""
    found, after = page(shared.shared_with(person(request)), paged, "updated_at")
    return {"items": [_shared(board) for board in found], "next": after}


@router.post("/join", response=JoinedView)
def join_board(request: HttpRequest, body: TokenForm) -> Any:
    """Come in by a link: `token` is the last part of its address."""
    user = person(request)
    boardlinks.knock(user, address_of(request.META))
    board = boardlinks.accept(user, body.token)
    rights = access.rights_of(user, board)
    return {"id": board.pk, "role": rights.role if rights else "watch"}


@router.get("/{board_id}/people", auth=by("read", "boards"), response=SharingView)
def board_people(request: HttpRequest, board_id: UUID) -> Any:
    """Whom a board is shared with; for everybody who may open it."""
    return _sharing(person(request), board_id)


@router.post("/{board_id}/people", response={201: PersonView})
@idempotent
def add_person(request: HttpRequest, board_id: UUID, body: PersonForm) -> Any:
    """Let somebody in by their user name, or give them another role. They are told."""
    return Status(201, _person(sharing.add(person(request), board_id, body.name, body.role)))


@router.patch("/{board_id}/people/{int:user_id}", response=PersonView)
def change_person(request: HttpRequest, board_id: UUID, user_id: int, body: RoleForm) -> Any:
    """Give somebody another role: at once, also where they have the board open."""
    return _person(sharing.change_role(person(request), board_id, user_id, body.role))


@router.delete("/{board_id}/people/{int:user_id}", response={204: None})
def remove_person(request: HttpRequest, board_id: UUID, user_id: int) -> Any:
    """Put somebody out, or leave: neither a link nor a workshop lets somebody in again who was put out."""
    sharing.remove(person(request), board_id, user_id)
    return Status(204, None)


@router.put("/{board_id}/workshops/{int:workshop_id}", response=GroupView)
def share_with_workshop(request: HttpRequest, board_id: UUID, workshop_id: int, body: RoleForm) -> Any:
    """Let everybody of a workshop of one's own in."""
    return _group(sharing.share_with(person(request), board_id, workshop_id, body.role))


@router.delete("/{board_id}/workshops/{int:workshop_id}", response={204: None})
def unshare_with_workshop(request: HttpRequest, board_id: UUID, workshop_id: int) -> Any:
    """Share it with a workshop no more."""
    sharing.unshare_with(person(request), board_id, workshop_id)
    return Status(204, None)


@router.patch("/{board_id}/sharing", response=SharingView)
def change_sharing(request: HttpRequest, board_id: UUID, body: SharingForm) -> Any:
    """Freeze it, or say who pays for what members make."""
    user = person(request)
    if body.payer is not None:
        sharing.set_payer(user, board_id, body.payer)
    if body.frozen is not None:
        sharing.freeze(user, board_id, body.frozen)
    return _sharing(user, board_id)


@router.delete("/{board_id}/sharing", response={204: None})
def stop_sharing(request: HttpRequest, board_id: UUID) -> Any:
    """Have it for oneself again: nobody else is in it, and no link leads to it."""
    sharing.stop(person(request), board_id)
    return Status(204, None)


@router.get("/{board_id}/links", response=Page[LinkView])
def board_links(request: HttpRequest, board_id: UUID) -> Any:
    """The links that lead to it, the newest first."""
    return {"items": [_link(request, link) for link in boardlinks.living(person(request), board_id)]}


@router.post("/{board_id}/links", response={201: LinkView})
@idempotent
def make_link(request: HttpRequest, board_id: UUID, body: LinkForm) -> Any:
    """A new link: whoever has it may come in with `role`."""
    return Status(201, _link(request, boardlinks.make(person(request), board_id, body.role, body.lasting)))


@router.delete("/{board_id}/links/{uuid:link_id}", response=EndedView)
def end_link(request: HttpRequest, board_id: UUID, link_id: UUID, together: Query[EndForm]) -> Any:
    """End a link; with `people=true` those who came by it are put out as well."""
    return {"removed": boardlinks.revoke(person(request), board_id, link_id, people=together.people)}


@router.get("/{board_id}/links/{uuid:link_id}/qr", url_name="board_link_qr")
def link_qr(request: HttpRequest, board_id: UUID, link_id: UUID) -> HttpResponse:
    """The address of a link as a QR code (SVG)."""
    link = boardlinks.one(person(request), board_id, link_id)
    picture = qr.svg(boardlinks.address(request, link))
    return HttpResponse(picture, content_type="image/svg+xml", headers={"Cache-Control": "private, no-store"})


def _sharing(user: User, board_id: UUID) -> dict[str, Any]:
    found = shared.look(user, board_id)
    board = found.board
    return {
        "title": board.title,
        "owner": board.owner.get_username(),
        "owner_id": board.owner_id,
        "owner_colour": people.colour_of(board.owner_id),
        "teacher": found.teacher,
        "payer": board.payer,
        "frozen": board.frozen,
        "closed": board.closed_reason if found.rights.own else "",
        "rights": found.rights.told(),
        "people": [_person(member) for member in found.people],
        "workshops": [_group(group) for group in found.groups],
        "offered": found.offered,
        "offered_workshops": [{"id": each.pk, "name": each.name} for each in found.workshops],
    }


def _person(member: BoardMember) -> dict[str, Any]:
    told = {"id": member.user_id, "name": member.user.get_username(), "role": member.role}
    told["colour"] = people.colour_of(member.user_id)
    return told | {"by_link": member.invitation_id is not None, "since": member.created_at.isoformat()}


def _group(group: BoardGroup) -> dict[str, Any]:
    return {"workshop": group.workshop_id, "name": group.workshop.name, "role": group.role}


def _link(request: HttpRequest, link: BoardInvitation) -> dict[str, Any]:
    qr_place = reverse("studio:api:board_link_qr", args=[link.board_id, link.pk])
    moments = {"created_at": link.created_at.isoformat(), "expires_at": link.expires_at and link.expires_at.isoformat()}
    told = {"id": link.pk, "role": link.role, "address": boardlinks.address(request, link), "used": link.used}
    return told | {"qr": qr_place} | moments


def _shared(board: Board) -> dict[str, Any]:
    place = reverse("studio:api:board_thumbnail", args=[board.pk])
    small = f"{place}?{board.thumbnail[:8]}" if board.thumbnail else None
    names = {"id": board.pk, "title": board.title, "owner": board.owner.get_username(), "role": access.best_role(board)}
    return names | {"changed_at": board.updated_at.isoformat(), "thumbnail": small}
