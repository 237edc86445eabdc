import asyncio
import errno
import socket
from collections.abc import AsyncIterator

import pytest

from server.media.udp_port import BATCH_DATAGRAMS, TYPE_OF_SERVICE, UdpPort

Arrived = asyncio.Queue[tuple[bytes, tuple[str, int] | tuple[str, int, int, int]]]


@pytest.fixture
async def port() -> AsyncIterator[UdpPort]:
    port = UdpPort("127.0.0.1", "::1", 0)
    yield port
    port.close()


def listen(port: UdpPort) -> Arrived:
    arrived: Arrived = asyncio.Queue()
    port.start(asyncio.get_running_loop(), lambda datagram, address: arrived.put_nowait((datagram, address)))
    return arrived


async def test_both_families_share_a_number(port: UdpPort) -> None:
    assert port.socket4 is not None
    assert port.socket6 is not None
    assert port.socket4.getsockname()[1] == port.socket6.getsockname()[1] == port.number != 0
    assert port.hosts == ("127.0.0.1", "::1")


async def test_all_addresses_of_both_families_share_a_number() -> None:
    port = UdpPort("0.0.0.0", "::", 0)  # noqa: S104 -- closed before anything could arrive
    found = port.socket6.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY) if port.socket6 else None
    port.close()

    assert found == 1


async def test_sockets_are_set_up_for_voice(port: UdpPort) -> None:
    assert port.socket4 is not None
    assert port.socket6 is not None
    assert port.socket4.getsockopt(socket.IPPROTO_IP, socket.IP_TOS) == TYPE_OF_SERVICE
    assert port.socket6.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS) == TYPE_OF_SERVICE
    assert port.socket4.gettimeout() == 0.0


@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
async def test_datagrams_come_with_their_address_and_go_back(
    port: UdpPort, family: socket.AddressFamily, host: str
) -> None:
    arrived = listen(port)
    with socket.socket(family, socket.SOCK_DGRAM) as other:
        other.bind((host, 0))
        other.settimeout(5)
        other.sendto(b"there", (host, port.number))
        datagram, address = await asyncio.wait_for(arrived.get(), 5)

        assert datagram == b"there"
        assert address[:2] == other.getsockname()[:2]
        assert port.send(b"and back", address)
        assert other.recv(100) == b"and back"


async def test_a_batch_is_bounded_and_the_rest_comes_in_the_next_turn(port: UdpPort) -> None:
    turns: list[int] = []
    done = asyncio.Event()
    loop = asyncio.get_running_loop()

    def count(_datagram: bytes, _address: object) -> None:
        if not turns:
            loop.call_soon(turns.append, 0)
        turns.append(1)
        if turns.count(1) == BATCH_DATAGRAMS + 10:
            done.set()

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        for _ in range(BATCH_DATAGRAMS + 10):
            other.sendto(b"x", ("127.0.0.1", port.number))
        port.start(loop, count)
        await asyncio.wait_for(done.wait(), 5)

    assert turns.index(0) == BATCH_DATAGRAMS


async def test_what_cannot_be_sent_is_dropped(port: UdpPort) -> None:
    assert not port.send(bytes(70_000), ("127.0.0.1", 9))
    assert not port.send(b"x", ("127.0.0.1", 0))


async def test_a_full_buffer_drops_and_does_not_wait() -> None:
    class Full:
        def sendto(self, _datagram: bytes, _address: object) -> int:
            raise BlockingIOError

    port = UdpPort("127.0.0.1", "", 0)
    real, port.socket4 = port.socket4, Full()  # type: ignore[assignment] # a kernel buffer is hard to fill
    assert real is not None
    real.close()

    assert not port.send(b"x", ("127.0.0.1", 9))
    assert not port.send(b"x", ("::1", 9, 0, 0))


async def test_closing_stops_reading_and_frees_the_number(port: UdpPort) -> None:
    listen(port)
    port.close()
    port.close()

    again = UdpPort("127.0.0.1", "", port.number)

    assert again.number == port.number
    assert again.hosts == ("127.0.0.1",)
    again.close()


async def test_a_number_in_use_is_an_error(port: UdpPort) -> None:
    with pytest.raises(OSError, match="in use") as error:
        UdpPort("127.0.0.1", "::1", port.number)

    assert error.value.errno == errno.EADDRINUSE


async def test_an_address_that_is_not_ours_is_an_error() -> None:
    with pytest.raises(OSError, match="assign"):
        UdpPort("192.0.2.1", "", 0)
    with pytest.raises(OSError, match="assign"):
        UdpPort("127.0.0.1", "2001:db8::1", 0)


async def test_a_machine_without_ipv6_serves_ipv4(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.socket

    def without_ipv6(family: int, kind: int) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
        return real(family, kind)

    monkeypatch.setattr(socket, "socket", without_ipv6)

    port = UdpPort("127.0.0.1", "::", 0)

    assert port.hosts == ("127.0.0.1",)
    assert port.socket_for(("::1", 9, 0, 0)) is None
    port.close()
