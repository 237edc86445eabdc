"""What is read of records after a handshake, with OpenSSL as the other side."""

from contextlib import suppress
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from OpenSSL import SSL

from server.media.dtls_records import CIPHER, RECORDS_MAX, Heard, Rest, rest_of
from server.media.dtls_seam import Certificate

Sides = tuple[SSL.Connection, SSL.Connection]
JUNK: Final = bytes.fromhex("15fefd000100000000000000020100")


def flight_of(ssl: SSL.Connection) -> bytes:
    with suppress(SSL.WantReadError):
        return ssl.bio_read(1 << 16)
    return b""


def shaken(cipher: bytes = CIPHER) -> tuple[Sides, list[bytes]]:
    """Server and client after a handshake, and the flights in order."""
    here, there = Certificate.generateCertificate().context, Certificate.generateCertificate().context
    here.set_cipher_list(cipher)
    there.set_cipher_list(cipher)
    server, client = SSL.Connection(here), SSL.Connection(there)
    server.set_accept_state()
    client.set_connect_state()
    flights: list[bytes] = []
    for one, other in [(client, server), (server, client)] * 3:
        with suppress(SSL.WantReadError):
            one.do_handshake()
        flight = flight_of(one)
        if flight:
            flights.append(flight)
            other.bio_write(flight)
    return (server, client), flights


@pytest.fixture
def sides() -> Sides:
    return shaken()[0]


def goodbye_of(ssl: SSL.Connection) -> bytes:
    ssl.shutdown()
    return flight_of(ssl)


def rests(sides: Sides) -> tuple[Rest, Rest]:
    server, client = sides
    return rest_of(server, (), b"", is_server=True), rest_of(client, (), b"", is_server=False)


def test_each_side_hears_the_others_goodbye_and_not_its_own(sides: Sides) -> None:
    server, client = rests(sides)
    from_server, from_client = goodbye_of(sides[0]), goodbye_of(sides[1])

    assert server.hear(from_client) is Heard.GOODBYE
    assert client.hear(from_server) is Heard.GOODBYE
    assert server.hear(from_server) is Heard.NOTHING
    assert client.hear(from_client) is Heard.NOTHING


def test_every_bit_of_a_goodbye_counts(sides: Sides) -> None:
    server = rests(sides)[0]
    goodbye = goodbye_of(sides[1])

    for bit in range(8 * len(goodbye)):
        changed = bytearray(goodbye)
        changed[bit // 8] ^= 1 << bit % 8
        assert server.hear(bytes(changed)) is Heard.NOTHING
    for size in range(len(goodbye)):
        assert server.hear(goodbye[:size]) is Heard.NOTHING


def test_a_goodbye_is_found_behind_other_records(sides: Sides) -> None:
    server = rests(sides)[0]
    sides[1].send(b"\x13\x88" + bytes(60))
    other, goodbye = flight_of(sides[1]), goodbye_of(sides[1])

    assert server.hear(other) is Heard.NOTHING
    assert server.hear(other + JUNK + goodbye) is Heard.GOODBYE
    assert server.hear(JUNK * (RECORDS_MAX - 1) + goodbye) is Heard.GOODBYE
    assert server.hear(JUNK * RECORDS_MAX + goodbye) is Heard.NOTHING


def test_the_last_flight_is_known_again_and_no_plain_record_is() -> None:
    sides, flights = shaken()
    server = rests(sides)[0]

    assert [server.hear(flight) for flight in flights] == [
        Heard.NOTHING,
        Heard.NOTHING,
        Heard.AGAIN,
        Heard.NOTHING,
    ]
    assert server.hear(JUNK) is Heard.NOTHING


def test_another_cipher_is_not_taken_over() -> None:
    sides, _ = shaken(b"ECDHE-ECDSA-CHACHA20-POLY1305")

    with pytest.raises(ValueError, match="CHACHA20"):
        rests(sides)


_SERVER: Final = rests(shaken()[0])[0]


@given(st.binary(max_size=200))
def test_nothing_that_others_write_is_heard(datagram: bytes) -> None:
    assert _SERVER.hear(datagram) is Heard.NOTHING
    assert _SERVER.hear(b"\x15\xfe\xfd\0\x01" + datagram) is Heard.NOTHING
