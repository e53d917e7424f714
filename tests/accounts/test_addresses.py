"""From where somebody asks: a header is believed only as far as our own proxies wrote it."""

from typing import Any

import pytest

from accounts.addresses import address_of, address_of_socket, network_of

CLAIM = "203.0.113.9, 198.51.100.7"


@pytest.mark.parametrize(
    ("proxies", "meta", "address"),
    [
        (0, {"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": CLAIM}, "192.0.2.1"),
        (1, {"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": CLAIM}, "198.51.100.7"),
        (2, {"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": CLAIM}, "203.0.113.9"),
        (3, {"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": CLAIM}, "192.0.2.1"),
        (1, {"REMOTE_ADDR": "192.0.2.1"}, "192.0.2.1"),
        (1, {"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": "x, <script>"}, ""),
        (0, {"REMOTE_ADDR": "::ffff:192.0.2.1"}, "192.0.2.1"),
        (0, {"REMOTE_ADDR": "fe80::1%eth0"}, "fe80::1"),
        (0, {"REMOTE_ADDR": ""}, ""),
        (0, {}, ""),
    ],
)
def test_who_asks(settings: Any, proxies: int, meta: dict[str, str], address: str) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert address_of(meta) == address


def test_a_socket_is_read_like_a_page(settings: Any) -> None:
    scope = {
        "client": ("192.0.2.1", 4),
        "headers": [(b"x-forwarded-for", b"203.0.113.9"), (b"x-forwarded-for", b"198.51.100.7")],
    }
    assert address_of_socket(scope) == "192.0.2.1"
    settings.TRUSTED_PROXIES = 1
    assert address_of_socket(scope) == "198.51.100.7"
    assert address_of_socket({"client": None, "headers": []}) == ""


def test_of_ipv6_the_network_counts() -> None:
    assert network_of("2001:db8::ffff") == network_of("2001:db8::1") == "2001:db8::"
    assert network_of("2001:db8:0:1::1") != network_of("2001:db8::1")
    assert network_of("192.0.2.1") == "192.0.2.1"
    assert network_of("") == network_of("unix") == ""
