"""Private words between two nodes on a real Redis: who hears them, and who cannot read them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from rooms.ids import MemberId, RoomSlug
from rooms.private import LettersNews, Stage
from server.bus.envelope import DropKind, Kind
from server.bus.keys import room_key
from server.bus.redis_letters import read_letter, write_letter
from server.ports import LetterListener, LetterMessage, PassedOn, SentWords, SharedLetters
from tests.integration.redis_server import RedisServer, running_redis
from tests.server.bus.clustered import ClusteredNode, clustered_node, until

TALK, OTHER = RoomSlug("talk"), RoomSlug("other")
CANARY = "canary-private"
WORDS = SentWords(sitting="m:1", word_id="w", by=MemberId(5), to=MemberId(6), text=CANARY, sent_ms=7)
SHARED = SharedLetters(
    sitting="m:1",
    news=LettersNews(
        asks=((MemberId(5), MemberId(6), Stage.AGREED),),
        reachable=((MemberId(5), 9, True),),
        unwanted=(("device", "6"),),
    ),
    asks_back=True,
)


class Node:
    """One node's letter bus, and what it heard in the room."""

    def __init__(self, made: ClusteredNode) -> None:
        self.parts, self.bus = made.parts, made.parts.letters
        self.heard: list[LetterMessage] = []
        self.gaps = 0
        self.stop = self.bus.follow(TALK, LetterListener(self.heard.append, self.note_gap))

    def note_gap(self) -> None:
        self.gaps += 1


@asynccontextmanager
async def node(redis: RedisServer, name: str) -> AsyncIterator[Node]:
    url = redis.url.replace("redis://", "redis+cluster://") if redis.is_cluster else redis.url
    async with clustered_node(url, name) as made:
        built = Node(made)
        await until(lambda: built.parts.hearing.is_whole and built.gaps)
        yield built


@pytest.fixture(params=[False, True], ids=["single", "cluster"])
async def redis(request: pytest.FixtureRequest) -> AsyncIterator[RedisServer]:
    async with running_redis(is_cluster=request.param) as server:
        yield server


async def test_others_hear_the_room_in_order_and_nobody_reads_along(redis: RedisServer) -> None:
    async with node(redis, "n-1") as one, node(redis, "n-2") as two:
        sent: list[LetterMessage] = [SHARED, WORDS, PassedOn(word_id="w")]
        seen: list[bytes] = []
        channel = room_key(TALK, "letters")
        reader, writer = await asyncio.open_connection("127.0.0.1", redis.port)
        writer.write(b"%s %s\r\n" % (b"SSUBSCRIBE" if redis.is_cluster else b"SUBSCRIBE", channel.encode()))
        await reader.readuntil(b":1\r\n")
        for message in (*sent, *sent):
            one.bus.publish(TALK, message)
            one.bus.publish(OTHER, message)
        await until(lambda: len(two.heard) >= 2 * len(sent))
        async with asyncio.timeout(5):
            while len(seen) < 2 * len(sent):
                seen.append(await reader.readuntil(b"n-1"))
        assert two.heard == [*sent, *sent]
        assert one.heard == []
        rest = b"".join(seen) + reader._buffer  # type: ignore[attr-defined]
        assert all(secret not in rest for secret in (CANARY.encode(), b"m:1", b"device"))
        writer.close()
        await writer.wait_closed()
        two.stop()
        await until(lambda: two.parts.hearing.is_whole)
        assert await redis.command("KEYS", "*letters*") == b"*0\r\n"


def test_a_letter_is_bound_to_its_room_and_its_key() -> None:
    cipher, body = AESGCM(bytes(32)), write_letter(AESGCM(bytes(32)), TALK, WORDS)
    assert read_letter(cipher, TALK, body) == WORDS
    assert body != write_letter(cipher, TALK, WORDS)  # a nonce is never used twice
    assert read_letter(cipher, OTHER, body) is None
    assert read_letter(AESGCM(b"k" * 32), TALK, body) is None
    assert read_letter(cipher, TALK, body[:-1] + bytes([body[-1] ^ 1])) is None
    assert read_letter(cipher, TALK, body[:11]) is None
    assert read_letter(cipher, TALK, b"") is None


@pytest.mark.parametrize("redis", [False], indirect=True, ids=["single"])
async def test_what_no_node_wrote_is_dropped_and_counted(redis: RedisServer) -> None:
    async with node(redis, "n-1") as one, node(redis, "n-2") as two:
        channel = room_key(TALK, "letters")
        cipher = AESGCM(bytes(32))  # not the nodes'
        sealed = one.parts.sealer.seal(Kind.LETTERS, TALK, write_letter(cipher, TALK, WORDS))
        for message in (b"x" * 40, sealed[:-1] + b"!", sealed):
            await redis.command("PUBLISH", channel, message)
        one.bus.publish(TALK, PassedOn(word_id="good"))
        await until(lambda: two.heard)
        assert two.heard == [PassedOn(word_id="good")]
        drops = two.parts.sealer.drops
        assert (drops[DropKind.UNSIGNED], drops[DropKind.SHAPE]) == (2, 1)


@pytest.mark.parametrize("redis", [False], indirect=True, ids=["single"])
async def test_after_an_outage_everything_is_told_anew_and_no_word_is_late(redis: RedisServer) -> None:
    async with node(redis, "n-1") as one, node(redis, "n-2") as two:
        await redis.kill()
        await until(lambda: not one.parts.link.is_up)
        for message in (WORDS, SHARED):
            one.bus.publish(TALK, message)
        await until(lambda: one.bus._missed)
        wanted = [one.gaps + 2, two.gaps + 1]  # the channel is heard again, and one has something to tell
        await redis.start()
        await until(lambda: [one.gaps, two.gaps] == wanted)
        one.bus.publish(TALK, SHARED)
        await until(lambda: two.heard)
        assert two.heard == [SHARED]
