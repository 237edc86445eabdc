import pytest

from server.http.origins import Origins, allowed_origins, hosts_reached_at, write_origin
from server.media.addresses import candidate_addresses


def own_origins(host: str, port: int, *, is_tls: bool = False) -> frozenset[str]:
    return allowed_origins(host, port, is_tls=is_tls, configured=()).allowed


def test_nothing_but_the_listed_origins_is_allowed() -> None:
    origins = Origins(["https://meet.example"])
    assert origins.is_allowed("https://meet.example")
    for other in (
        None,
        "",
        "null",
        "*",
        "http://meet.example",
        "https://meet.example:443",
        "https://meet.example:8443",
        "https://meet.example/",
        "https://MEET.example",
        "https://meet.example.",
        "https://meet.example.evil.example",
        "https://a.meet.example",
        "https://meet.example@evil.example",
        "https://meet.example, https://evil.example",
    ):
        assert not origins.is_allowed(other), other


def test_an_empty_list_allows_nothing() -> None:
    assert not Origins([]).is_allowed("https://meet.example")
    assert not Origins([]).is_allowed(None)


def test_loopback_goes_by_three_names() -> None:
    expected = {"http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080"}
    assert (
        own_origins("127.0.0.1", 8080)
        == own_origins("localhost", 8080)
        == own_origins("::1", 8080)
        == expected
    )


def test_tls_allows_only_https() -> None:
    assert own_origins("127.0.0.1", 8080, is_tls=True) == {
        "https://127.0.0.1:8080",
        "https://localhost:8080",
        "https://[::1]:8080",
    }


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])  # noqa: S104 -- compared only
def test_all_interfaces_stand_for_every_own_address(host: str) -> None:
    origins = own_origins(host, 8080)
    assert "http://localhost:8080" in origins
    for address in candidate_addresses([host], ()):
        assert write_origin("http", address, 8080) in origins


def test_one_address_or_name_stands_for_itself() -> None:
    assert own_origins("192.0.2.1", 8080) == {"http://192.0.2.1:8080"}
    assert hosts_reached_at("127.0.0.2") == ("127.0.0.2",)
    assert own_origins("Meet.example", 80) == {"http://meet.example"}


def test_configured_origins_come_on_top() -> None:
    origins = allowed_origins("127.0.0.1", 8080, is_tls=False, configured=["https://meet.example"])
    assert origins.is_allowed("https://meet.example")
    assert origins.is_allowed("http://localhost:8080")


def test_the_usual_port_is_left_out() -> None:
    assert write_origin("https", "meet.example", 443) == "https://meet.example"
    assert write_origin("http", "meet.example", 443) == "http://meet.example:443"
    assert write_origin("http", "::1", 80) == "http://[::1]"
