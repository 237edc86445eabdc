import ipaddress

import ifaddr
import pytest

from server.media import addresses
from server.media.addresses import MAX_CANDIDATES, candidate_addresses


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with two interfaces besides loopback; the second one leads to the rest of the world."""
    found: list[tuple[str | tuple[str, int, int], int]] = [
        ("127.0.0.1", 8),
        (("::1", 0, 0), 128),
        ("10.0.0.5", 24),
        ("169.254.7.7", 16),
        ("198.51.100.7", 24),
        (("fe80::1", 0, 2), 64),
        (("2001:db8::7", 0, 0), 64),
    ]
    ips = [ifaddr.IP(ip, prefix, "nic") for ip, prefix in found]
    monkeypatch.setattr(ifaddr, "get_adapters", lambda: [ifaddr.Adapter("nic", "nic", ips)])
    routes = {4: "198.51.100.7", 6: "2001:db8::7"}
    monkeypatch.setattr(
        addresses, "_routed_address", lambda _family, far: routes[ipaddress.ip_address(far).version]
    )


@pytest.mark.usefixtures("machine")
def test_all_own_addresses_that_last_the_default_routes_first() -> None:
    assert candidate_addresses(["0.0.0.0", "::"], []) == ("198.51.100.7", "10.0.0.5", "2001:db8::7")  # noqa: S104
    assert candidate_addresses(["0.0.0.0"], []) == ("198.51.100.7", "10.0.0.5")  # noqa: S104


@pytest.mark.usefixtures("machine")
def test_a_bound_address_stands_for_itself() -> None:
    assert candidate_addresses(["127.0.0.1", "::1"], []) == ("127.0.0.1", "::1")
    assert candidate_addresses(["10.0.0.5"], []) == ("10.0.0.5",)
    assert candidate_addresses(["10.0.0.5", "::1"], []) == ("10.0.0.5",)


@pytest.mark.usefixtures("machine")
def test_configured_addresses_stand_alone() -> None:
    public = ["203.0.113.1", "2001:DB8::1", "203.0.113.1"]

    assert candidate_addresses(["0.0.0.0"], public) == ("203.0.113.1", "2001:db8::1")  # noqa: S104
    assert len(candidate_addresses(["0.0.0.0"], [f"203.0.113.{n}" for n in range(20)])) == MAX_CANDIDATES  # noqa: S104


def test_a_public_address_that_is_none_is_an_error() -> None:
    with pytest.raises(ValueError, match="meet"):
        candidate_addresses(["127.0.0.1"], ["meet.example"])


def test_this_machine_has_an_address_of_its_own() -> None:
    found = candidate_addresses(["0.0.0.0"], [])  # noqa: S104

    assert found
    assert all(ipaddress.ip_address(address).version == 4 for address in found)


def test_a_machine_with_loopback_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    loopback = ifaddr.Adapter("lo", "lo", [ifaddr.IP("127.0.0.1", 8, "lo")])
    monkeypatch.setattr(ifaddr, "get_adapters", lambda: [loopback])
    monkeypatch.setattr(addresses, "_routed_address", lambda _family, _far: None)

    assert candidate_addresses(["0.0.0.0"], []) == ("127.0.0.1",)  # noqa: S104
