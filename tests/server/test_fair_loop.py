import asyncio
import os
import select
import selectors
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from server.fair_loop import EVENTS_AT_ONCE, FairSelector, make_loop

pytestmark = pytest.mark.skipif(not hasattr(select, "epoll"), reason="Linux only")
MANY = 5 * EVENTS_AT_ONCE


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as found:
        yield found


@pytest.fixture
def selector() -> Iterator[FairSelector]:
    with FairSelector() as found:
        yield found


def ready_pair(stack: ExitStack) -> socket.socket:
    ours, theirs = (stack.enter_context(sock) for sock in socket.socketpair())
    theirs.send(b"x")
    return ours


def datagram_socket(stack: ExitStack) -> socket.socket:
    sock = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    sock.bind(("127.0.0.1", 0))
    return sock


def test_a_turn_takes_few_and_all_have_theirs(stack: ExitStack, selector: FairSelector) -> None:
    waiting = {ready_pair(stack).fileno() for _ in range(MANY)}
    for fd in waiting:
        selector.register(fd, selectors.EVENT_READ)
    turns = [[key.fd for key, _ in selector.select(0)] for _ in range(MANY // EVENTS_AT_ONCE)]
    assert [len(turn) for turn in turns] == [EVENTS_AT_ONCE] * len(turns)
    assert {fd for turn in turns for fd in turn} == waiting  # though nobody read anything


def test_datagrams_have_each_turn(stack: ExitStack, selector: FairSelector) -> None:
    for _ in range(MANY):
        selector.register(ready_pair(stack), selectors.EVENT_READ)
    sound = datagram_socket(stack)
    selector.register(sound, selectors.EVENT_READ, "sound")
    sound.sendto(b"opus", sound.getsockname())
    for _ in range(2 * MANY // EVENTS_AT_ONCE):
        assert [key.data for key, _ in selector.select(0)].count("sound") == 1
    assert sound.recv(9) == b"opus"
    assert "sound" not in [key.data for key, _ in selector.select(0)]


def test_it_does_what_the_standard_one_does(stack: ExitStack, selector: FairSelector) -> None:
    ours, theirs = (stack.enter_context(sock) for sock in socket.socketpair())
    with pytest.raises(KeyError):
        selector.get_key(ours)
    selector.register(ours, selectors.EVENT_READ, 1)
    with pytest.raises(KeyError):
        selector.register(ours, selectors.EVENT_READ)
    assert selector.select(0.001) == []
    selector.modify(ours, selectors.EVENT_READ | selectors.EVENT_WRITE, 2)
    theirs.send(b"x")
    ((key, told),) = selector.select()
    assert (key.data, told) == (2, selectors.EVENT_READ | selectors.EVENT_WRITE)
    assert list(selector.get_map()) == [ours.fileno()]
    selector.modify(ours, selectors.EVENT_READ, 3)
    theirs.close()
    ((key, told),) = selector.select(-1)
    assert (key.data, told) == (3, selectors.EVENT_READ)
    assert selector.unregister(ours).data == 3
    with pytest.raises(KeyError):
        selector.unregister(ours)


def test_what_was_closed_can_be_forgotten(stack: ExitStack, selector: FairSelector) -> None:
    sound, (pipe, other) = datagram_socket(stack), os.pipe()
    for fd in (sound.fileno(), pipe):
        selector.register(fd, selectors.EVENT_READ)
    selector.modify(sound, selectors.EVENT_WRITE)
    ((key, told),) = selector.select(0)
    assert (key.fd, told) == (sound.fileno(), selectors.EVENT_WRITE)
    fd = sound.fileno()
    sound.close()
    os.close(pipe)
    os.close(other)
    assert [selector.unregister(one).fd for one in (fd, pipe)] == [fd, pipe]


def test_a_loop_works_with_it() -> None:
    async def talk() -> bytes:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(await reader.readline())
            writer.close()

        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"hello\n")
            await asyncio.sleep(0.001)
            read = await reader.read()
            writer.close()
            await writer.wait_closed()
            return read

    with asyncio.Runner(loop_factory=make_loop) as runner:
        assert runner.run(talk()) == b"hello\n"
