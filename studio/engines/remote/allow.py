"""Which hosts and addresses may be connected to. Pure: it looks nothing up and connects to nothing."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Never, whatever the list says: link-local addresses, where clouds keep their machines' secrets, and the other places
# where they do (AWS, Google, Alibaba, Azure, Oracle).
NEVER = tuple(
    ip_network(each)
    for each in (
        "169.254.0.0/16", "fe80::/10", "fd00:ec2::/32", "fd20:ce::/32", "100.100.100.200/32", "168.63.129.16/32",
        "192.0.0.192/32", "0.0.0.0/8", "::/128", "224.0.0.0/4", "ff00::/8", "255.255.255.255/32",
    )
)  # fmt: skip
# Notations that hide an IPv4 address in an IPv6 one, besides ::ffff:0:0/96: they say where a gateway sends it.
HIDING = tuple(ip_network(each) for each in ("2002::/16", "2001::/32", "64:ff9b::/96", "64:ff9b:1::/48", "::/96"))
LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
# An entry of this name lets in every address of the public internet.
PUBLIC = "public"
PORTED = re.compile(r"\[(?P<bracketed>[^\]]+)\](?::(?P<p1>\d+))?|(?P<plain>[^:]+):(?P<p2>\d+)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: a `name` or a `network`, with any port or this one."""

    name: str
    network: Network | None
    port: int | None

    def fits(self, port: int) -> bool:
        return self.port in (None, port)


class Allowlist:
    """Hosts (`gpu.example.org`), addresses (`10.0.0.7`), networks (`10.0.0.0/8`), each with `:port` or without, and
    the word `public`. `[::1]:9997` and `::1` are both understood.

    A host that is named may have any ordinary address, a private one too. Loopback has to be named as an address, a
    network or `localhost`. Link-local and cloud metadata addresses, multicast and the like are always refused. Raises
    ValueError for an entry that is none.
    """

    def __init__(self, entries: Iterable[str]) -> None:
        self.entries = tuple(_entry(text.strip()) for text in entries if text.strip())

    def names(self, host: str, port: int) -> bool:
        """Whether `host`, a name or an address, could be allowed; a name may still turn out to have a wrong address."""
        address = address_of(host)
        if address is not None:
            return self.allows(host, port, address)
        return any(e.fits(port) and (e.network is not None or e.name in (PUBLIC, bare(host))) for e in self.entries)

    def allows(self, host: str, port: int, address: Address) -> bool:
        """Whether `host` may be reached at `address`, which is one that it has."""
        address = unmapped(address)
        if any(address in network for network in NEVER):
            return False
        entries = [entry for entry in self.entries if entry.fits(port)]
        if any(entry.network is not None and address in entry.network for entry in entries):
            return True
        if any(address in network for network in LOOPBACK):
            return bare(host) == "localhost" and any(entry.name == "localhost" for entry in entries)
        if any(address in network for network in HIDING):
            return False
        named = any(entry.name == bare(host) for entry in entries) and not address.is_reserved
        return named or (address.is_global and any(entry.name == PUBLIC for entry in entries))


def unmapped(address: Address) -> Address:
    """::ffff:a.b.c.d as a.b.c.d, which is what the system connects to."""
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def address_of(host: str) -> Address | None:
    """The address that `host` is, in brackets or not, without a zone; None for a name."""
    try:
        return ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None


def bare(host: str) -> str:
    """A host name as it is compared: lower case, without the root's dot."""
    return host.lower().removesuffix(".")


def _entry(text: str) -> Entry:
    network = _network(text)
    if network is not None:
        return Entry("", network, None)
    found = PORTED.fullmatch(text)
    name = (found["bracketed"] or found["plain"]) if found else text
    port = int(found["p1"] or found["p2"] or 0) or None if found else None
    network = _network(name)
    if network is None and not re.fullmatch(r"[\w.-]{1,253}", name):
        raise ValueError(f"{text!r} is no host, address or network.")
    return Entry("" if network else bare(name), network, port)


def _network(text: str) -> Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None
