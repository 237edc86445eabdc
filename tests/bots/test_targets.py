from ipaddress import ip_network

import pytest

from tests.bots.targets import TargetError, choose_candidate, read_site


def test_a_loopback_address_gives_the_socket_s_address_and_the_origin() -> None:
    site = read_site("http://127.0.0.1:8080")
    assert site.origin == "http://127.0.0.1:8080"
    assert (site.host, site.port, site.is_tls) == ("127.0.0.1", 8080, False)
    site = read_site("https://[::1]:8443/m/talk")
    assert (site.host, site.port, site.is_tls) == ("::1", 8443, True)
    assert site.origin == "https://[::1]:8443"


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.1:8080",
        "http://example.org",
        "ftp://127.0.0.1",
        "127.0.0.1:8080",
        "http://[2001:db8::1]/",
    ],
)
def test_bots_go_nowhere_else(url: str) -> None:
    with pytest.raises(TargetError):
        read_site(url)


def test_a_network_can_be_named() -> None:
    nets = [ip_network("192.0.2.0/24")]
    assert read_site("http://192.0.2.1:8080", nets).origin == "http://192.0.2.1:8080"
    with pytest.raises(TargetError):
        read_site("http://198.51.100.1:8080", nets)


def test_media_goes_to_the_first_address_that_stays_here() -> None:
    assert choose_candidate([("192.0.2.1", 5), ("127.0.0.1", 6)]) == ("127.0.0.1", 6)
    assert choose_candidate([("192.0.2.1", 5)], [ip_network("192.0.2.0/24")]) == ("192.0.2.1", 5)
    with pytest.raises(TargetError):
        choose_candidate([("192.0.2.1", 5)])
