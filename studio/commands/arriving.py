"""A socket opens, asks again and closes: whether it may, and which older ones give way to it."""

from accounts.models import User
from studio.gates import presence, rates
from studio.gates.presence import Socket
from studio.words.errors import Refused


def arrive(user: User, socket: Socket) -> list[str]:
    """Note that the person opens one more; the names of the sockets that give way.

    Raises Refused: rate_limited (they were opened too often), too_many_from_here (as many are open from that address as
    may be).
    """
    knocked = rates.take("knock", rates.address(socket.network))
    if not knocked.allowed:
        raise Refused("rate_limited", retry_after=knocked.again)
    rates.check("connect", user.pk)
    try:
        return presence.arrive(socket)
    except presence.TooManyFromHere:
        raise Refused("too_many_from_here") from None


def ask_again(user: User) -> None:
    """A page wants to be told what happened, once more. Raises Refused("rate_limited"); the next heartbeat lets the
    page ask anew."""
    rates.check("news", user.pk)


def depart(user: User, socket: Socket) -> None:
    """It is closed."""
    presence.leave(socket)
