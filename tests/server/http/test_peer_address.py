from ipaddress import ip_address

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from server.config import read_networks
from server.http.peer_address import (
    came_through_unknown_proxy,
    is_within,
    network_of,
    peer_address,
    read_address,
)

PROXIES = read_networks("trusted_proxies", ("127.0.0.0/8", "10.0.0.0/8", "fd00::/8"))


class Transport:
    """As much of a transport as is asked."""

    def __init__(self, peer: object) -> None:
        self.peer = peer

    def get_extra_info(self, key: str, default: object = None) -> object:
        return self.peer if key == "peername" else default


def address_of(peer: object, *forwarded: str, trusted: bool = True) -> str:
    headers = CIMultiDict([("X-Forwarded-For", entry) for entry in forwarded])
    request = make_mocked_request("GET", "/", headers=headers, transport=Transport(peer))
    return peer_address(request, PROXIES if trusted else ())


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),  # no proxy of ours: its word counts nothing
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["6.6.6.6, 198.51.100.1"], "198.51.100.1"),  # the left part anybody could write
        ("127.0.0.1", ["6.6.6.6, 198.51.100.1, 10.1.2.3"], "198.51.100.1"),
        ("127.0.0.1", ["6.6.6.6", "198.51.100.1"], "198.51.100.1"),  # two headers are one list
        ("127.0.0.1", ["10.1.2.3"], "10.1.2.3"),  # every hop ours: the first of them
        ("127.0.0.1", ["6.6.6.6, nonsense"], "127.0.0.1"),
        ("127.0.0.1", ["6.6.6.6, nonsense, 10.1.2.3"], "10.1.2.3"),
        ("127.0.0.1", [""], "127.0.0.1"),
        ("127.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        ("127.0.0.1", ["[2001:db8::1]:4711"], "2001:db8::1"),
        ("fd00::1", ["2001:db8::1"], "2001:db8::1"),
        ("::ffff:127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["::ffff:198.51.100.1"], "198.51.100.1"),
        ("fe80::1%eth0", [], "fe80::1"),
    ],
)
def test_hops_are_believed_from_right_to_left(peer: str, forwarded: list[str], expected: str) -> None:
    assert address_of((peer, 40_000), *forwarded) == expected


def test_without_trusted_proxies_the_header_is_not_read() -> None:
    assert address_of(("127.0.0.1", 40_000), "198.51.100.1", trusted=False) == "127.0.0.1"


def test_a_connection_that_is_gone_has_no_address() -> None:
    assert address_of(None) == ""


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"])
def test_a_proxy_that_nobody_told_us_of_is_noticed(header: str) -> None:
    request = make_mocked_request("GET", "/", headers={header: "x"}, transport=Transport(("127.0.0.1", 1)))
    assert came_through_unknown_proxy(request, ())
    assert not came_through_unknown_proxy(request, PROXIES)
    bare = make_mocked_request("GET", "/", transport=Transport(("127.0.0.1", 1)))
    assert not came_through_unknown_proxy(bare, ())


def test_addresses_and_networks() -> None:
    assert read_address("nonsense") is None
    assert is_within(ip_address("10.9.9.9"), PROXIES)
    assert not is_within(ip_address("11.0.0.1"), PROXIES)
    assert not is_within(ip_address("::1"), PROXIES)


def test_a_place_is_an_ipv4_address_or_an_ipv6_network() -> None:
    assert network_of("192.0.2.1") == network_of("::ffff:192.0.2.1") != network_of("192.0.2.2")
    assert network_of("2001:db8:0:1::1") == network_of("2001:db8:0:1:ffff::2%eth0")
    assert network_of("2001:db8:0:1::1") != network_of("2001:db8:0:2::1")
    assert network_of("") == network_of("nowhere") != network_of("192.0.2.1")
