"""What sharing a board is called in the record of acts, and how people are told of it."""

from django.utils.translation import gettext_lazy as _

from accounts import notices, recordwords
from studio.models import BoardRole

ACTS = {
    "board_add": _("let somebody in on a board"),
    "board_role": _("change somebody's role on a board"),
    "board_remove": _("put somebody out of a board"),
    "board_leave": _("leave a board"),
    "board_join": _("come in on a board by a link"),
    "board_share_workshop": _("share a board with a workshop"),
    "board_unshare_workshop": _("share a board with a workshop no more"),
    "board_unshare": _("stop sharing a board"),
    "board_link": _("make a link to a board"),
    "board_link_revoke": _("end a link to a board"),
    "board_payer": _("choose who pays on a board"),
    "board_freeze": _("freeze a board"),
    "board_unfreeze": _("unfreeze a board"),
    "board_close": _("close a board to others"),
    "board_reopen": _("open a board to others again"),
}
NAMES = {
    "person": (_("person"), {}),
    "people": (_("people"), {}),
    "role": (_("role"), dict(BoardRole.choices)),
    "link": (_("link"), {}),
    "workshop": (_("workshop"), {}),
    "expires_at": (_("expires at"), {}),
}
UNTITLED = {"title": {"": _("a board without a name")}}


def register_all() -> None:
    """Make the acts and the notices known. `title` is a board's name or "", `who` somebody's user name."""
    recordwords.register(ACTS, NAMES)
    roles = UNTITLED | {"role": dict(BoardRole.choices)}
    notices.register(
        "board_added",
        _("%(who)s shares a board with you: %(title)s. On it you: %(role)s."),
        icon="users",
        tone="good",
        words=roles,
    )
    notices.register(
        "board_removed", _("%(who)s does not share this board with you any more: %(title)s."), words=UNTITLED
    )
    notices.register(
        "board_closed",
        _("A moderator closed your board to everybody but you: %(title)s. %(why)s"),
        icon="lock",
        tone="grave",
        mail=True,
        words=UNTITLED,
    )
    notices.register(
        "board_reopened",
        _("Your board is open to its people again: %(title)s."),
        icon="lock-open",
        tone="good",
        words=UNTITLED,
    )
