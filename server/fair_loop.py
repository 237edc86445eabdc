"""An event loop that takes few connections in one turn, so that a storm of them does not hold up the sound.

asyncio asks the kernel for everything that is ready and then works it off before it looks again. When a
thousand browsers come at once, that is half a second without sound (tests/hostile: BH17, BE22). Here a turn
takes up to `EVENTS_AT_ONCE`, the rest comes in the next ones: Linux hands ready descriptors out in turn.
Datagram sockets are asked in every turn, however many others are ready before them.
"""

import asyncio
import math
import select
import selectors
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, Protocol

EVENTS_AT_ONCE: Final = 8  # each costs up to a millisecond, and leads to work in the next turns


class HasDescriptor(Protocol):
    """A socket, or whatever else the kernel knows by a number."""

    def fileno(self) -> int:
        """Return the number."""
        ...


Watched = int | HasDescriptor


class FairSelector(selectors.BaseSelector):
    """What epoll says, a little at a time."""

    def __init__(self) -> None:
        """Open two epolls: of all, and of datagram sockets."""
        self._all = select.epoll()
        self._datagrams = select.epoll()
        self._keys: dict[int, selectors.SelectorKey] = {}
        self._datagram_fds: set[int] = set()

    def register(self, fileobj: Watched, events: int, data: object = None) -> selectors.SelectorKey:
        """Watch a descriptor; see `selectors.BaseSelector`."""
        fd = _fd_of(fileobj)
        if fd in self._keys:
            raise KeyError(f"{fd} is watched already")
        key = selectors.SelectorKey(fileobj, fd, events, data)
        self._all.register(fd, _asked(events))
        if _is_datagram(fd):
            self._datagrams.register(fd, _asked(events))
            self._datagram_fds.add(fd)
        self._keys[fd] = key
        return key

    def unregister(self, fileobj: Watched) -> selectors.SelectorKey:
        """Watch it no longer; one that was closed meanwhile is no error."""
        fd = _fd_of(fileobj)
        key = self._keys.pop(fd)
        _forget(self._all, fd)
        if fd in self._datagram_fds:
            self._datagram_fds.remove(fd)
            _forget(self._datagrams, fd)
        return key

    def modify(self, fileobj: Watched, events: int, data: object = None) -> selectors.SelectorKey:
        """Watch it for something else, or with other data."""
        key = self.get_key(fileobj)
        if events != key.events:
            self._all.modify(key.fd, _asked(events))
            if key.fd in self._datagram_fds:
                self._datagrams.modify(key.fd, _asked(events))
        key = self._keys[key.fd] = key._replace(events=events, data=data)
        return key

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return up to `EVENTS_AT_ONCE` that are ready, and every datagram socket that is."""
        wait_s = -1.0 if timeout is None else math.ceil(max(timeout, 0) * 1e3) / 1e3  # epoll counts in ms
        try:
            found = self._all.poll(wait_s, EVENTS_AT_ONCE)
        except InterruptedError:
            return []
        if len(found) == EVENTS_AT_ONCE and self._datagram_fds:
            found = list({**dict(self._datagrams.poll(0)), **dict(found)}.items())
        keys = self._keys
        return [(key, _told(said, key.events)) for fd, said in found if (key := keys.get(fd)) is not None]

    def get_key(self, fileobj: Watched) -> selectors.SelectorKey:
        """Return what is known of a descriptor.

        Raises:
            KeyError: nothing.
        """
        return self._keys[_fd_of(fileobj)]

    def get_map(self) -> Mapping[Watched, selectors.SelectorKey]:
        """Return all, by descriptor."""
        return {key.fd: key for key in self._keys.values()}

    def close(self) -> None:
        """Give both epolls back."""
        self._all.close()
        self._datagrams.close()
        self._keys.clear()
        self._datagram_fds.clear()


def make_loop() -> asyncio.AbstractEventLoop:
    """Return a loop with such a selector; where there is no epoll, the loop that Python has."""
    if not hasattr(select, "epoll"):
        return asyncio.new_event_loop()
    return asyncio.SelectorEventLoop(FairSelector())


def _fd_of(fileobj: Watched) -> int:
    return fileobj if isinstance(fileobj, int) else fileobj.fileno()


def _is_datagram(fd: int) -> bool:
    try:
        sock = socket.socket(fileno=fd)
    except OSError:  # a pipe
        return False
    try:
        return sock.type == socket.SOCK_DGRAM
    finally:
        sock.detach()


def _forget(epoll: "select.epoll", fd: int) -> None:
    with suppress(OSError):  # closed: the kernel forgot it
        epoll.unregister(fd)


def _asked(events: int) -> int:
    reads = select.EPOLLIN if events & selectors.EVENT_READ else 0
    return reads | (select.EPOLLOUT if events & selectors.EVENT_WRITE else 0)


def _told(said: int, asked: int) -> int:
    """Return which of what was asked for is so; an end or an error is both: using it will tell."""
    reads = selectors.EVENT_READ if said & ~select.EPOLLOUT else 0
    writes = selectors.EVENT_WRITE if said & ~select.EPOLLIN else 0
    return (reads | writes) & asked
