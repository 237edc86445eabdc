"""Private words between nodes: on a channel of the room, encrypted, and kept nowhere.

Redis keeps nothing of what is published, but it may show commands that took long to its operator. So the
body of each message is encrypted (AES-256-GCM, NIST SP 800-38D) under a key that only nodes have, bound to
its room; the envelope says who sent it, as for every message.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from rooms.ids import RoomSlug
from server.bus.envelope import DropKind, Kind, Sealer
from server.bus.hearing import Hearing, Listener
from server.bus.keys import room_key
from server.bus.link import AGAIN_S, RedisLink
from server.ports import LetterListener, LetterMessage, LogUnavailableError, SharedLetters

QUEUE_MAX: Final = 1_000  # messages; the oldest give way: their senders are told that they did not arrive
_NONCE_BYTES: Final = 12

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[LetterMessage] = msgspec.msgpack.Decoder(LetterMessage)


def write_letter(cipher: AESGCM, slug: RoomSlug, message: LetterMessage) -> bytes:
    """Return the body of a message: a nonce drawn by chance, then the ciphertext and its tag."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, _encoder.encode(message), slug.encode())


def read_letter(cipher: AESGCM, slug: RoomSlug, body: bytes) -> LetterMessage | None:
    """Return what a body says; None where it is of another room, of a later release, or none."""
    try:
        return _decoder.decode(cipher.decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], slug.encode()))
    except (InvalidTag, ValueError, msgspec.MsgspecError):
        return None


class RedisLetters:
    """The letter bus of a cluster. See `server.ports.LetterBus`."""

    def __init__(self, link: RedisLink, hearing: Hearing, sealer: Sealer, key: bytes) -> None:
        """Send and hear nothing yet; `key` has 32 bytes and no other use."""
        self._link = link
        self._hearing = hearing
        self._sealer = sealer
        self._cipher = AESGCM(key)
        self._word = "SPUBLISH" if link.is_cluster else "PUBLISH"
        self._listeners: dict[RoomSlug, LetterListener] = {}
        self._missed: set[RoomSlug] = set()
        self._queue: deque[tuple[RoomSlug, LetterMessage]] = deque(maxlen=QUEUE_MAX)
        self._wake = asyncio.Event()

    def publish(self, slug: RoomSlug, message: LetterMessage) -> None:
        """See `server.ports.LetterBus.publish`."""
        self._queue.append((slug, message))
        self._wake.set()

    def follow(self, slug: RoomSlug, listener: LetterListener) -> Callable[[], None]:
        """See `server.ports.LetterBus.follow`."""
        self._listeners[slug] = listener
        stop_hearing = self._hearing.hear(
            room_key(slug, "letters"),
            Listener(lambda message: self._take(slug, message, listener), listener.on_gap),
        )

        def stop() -> None:
            del self._listeners[slug]
            stop_hearing()

        return stop

    async def run(self) -> None:
        """Send what is published, until cancelled.

        What Redis does not take is dropped: a word that comes late would come after its sender was told that
        it did not. Who may write to whom is told anew.
        """
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                await self._send(*self._queue.popleft())
            if self._missed:
                await asyncio.sleep(AGAIN_S)
                self._wake.set()
                if self._link.is_up:
                    self._tell_anew()

    async def _send(self, slug: RoomSlug, message: LetterMessage) -> None:
        sealed = self._sealer.seal(Kind.LETTERS, slug, write_letter(self._cipher, slug, message))
        try:
            await self._link.command(self._word, room_key(slug, "letters"), sealed)
        except LogUnavailableError:
            if isinstance(message, SharedLetters):
                self._missed.add(slug)

    def _tell_anew(self) -> None:
        missed, self._missed = self._missed, set()
        for slug in missed & self._listeners.keys():
            self._listeners[slug].on_gap()

    def _take(self, slug: RoomSlug, sealed: bytes, listener: LetterListener) -> None:
        opened = self._sealer.open(Kind.LETTERS, slug, sealed)
        if isinstance(opened, DropKind) or opened.is_own:
            return
        message = read_letter(self._cipher, slug, opened.body)
        if message is None:
            self._sealer.drops[DropKind.SHAPE] += 1
        else:
            listener.on_message(message)
