import asyncio
import random
from contextlib import suppress

import pytest

from rooms.commands import Command, JoinRoom, PostChat
from rooms.facts import ChatPosted, ChatRetracted, Fact, MemberJoined, MicrophoneSet, RoomOpened
from rooms.ids import NO_MEMBER, MeetingId, MemberId, RoomSlug
from rooms.limits import LOG_MAX_COMMITS
from rooms.model import Member, Mutes, Revision
from rooms.roles import Role
from server.bus.envelope import DropKind, Kind, Sealer
from server.bus.keys import room_key
from server.bus.redis_log import LIFETIME_MS, SNAPSHOT_COMMITS
from server.ports import Clash, Draft, LogUnavailableError, Missing
from server.room_service import Done, RoomPlan
from tests.integration.redis_server import RedisServer
from tests.server.bus.clustered import ClusteredNode, clustered_node, until

TALK = RoomSlug("talk")
PLAN = RoomPlan(TALK, "Talk", "", MeetingId("m"))
OPENED = RoomOpened(slug=TALK, title="Talk", about="", meeting_id=MeetingId("m"))
MAYA = MemberId(5)
JOINED = MemberJoined(
    member=Member(member_id=MAYA, name="Maya", role=Role.MEMBER, mutes=Mutes(), joined_ms=0)
)


def said(n: int, text: str = "hi") -> ChatPosted:
    return ChatPosted(member_id=MAYA, n=n, name="Maya", text=text)


async def begin(node: ClusteredNode) -> int:
    record = await node.parts.log.read(TALK)
    answer = await node.parts.log.append(TALK, record.revision.epoch, Draft((OPENED, JOINED), MAYA, 0, 1, 0))
    assert not isinstance(answer, Clash)
    return record.revision.epoch


async def post(node: ClusteredNode, epoch: int, n: int, text: str = "hi") -> None:
    answer = await node.parts.log.append(TALK, epoch, Draft((said(n, text),), MAYA, n, 1, 2))
    assert not isinstance(answer, Clash)


async def test_what_was_appended_by_an_unknown_outcome_is_not_appended_again(redis: RedisServer) -> None:
    async with clustered_node(redis, "n-1") as one, clustered_node(redis, "n-2") as two:
        epoch = await begin(one)
        await two.parts.log.read(TALK)
        await post(one, epoch, 1)
        # the author's page tries again at the other node, which has not heard of it
        again = await two.parts.log.append(TALK, epoch, Draft((said(1),), MAYA, 1, 1, 2))
        assert isinstance(again, Clash)
        assert (await two.parts.log.read(TALK)).revision == Revision(epoch, 3)


async def test_a_node_that_comes_later_has_the_same_record_and_the_same_commits(redis: RedisServer) -> None:
    async with clustered_node(redis, "n-1") as one:
        epoch = await begin(one)
        for n in range(1, 2 * SNAPSHOT_COMMITS):
            await post(one, epoch, n)
        async with clustered_node(redis, "n-2") as two:
            assert await two.parts.log.read(TALK) == await one.parts.log.read(TALK)
            start = Revision(epoch, 0)
            assert await two.parts.log.since(TALK, start) == await one.parts.log.since(TALK, start)


async def test_withdrawn_words_are_gone_from_redis_at_once(redis: RedisServer) -> None:
    canary = "canary-in-redis"
    async with clustered_node(redis, "n-1") as one, clustered_node(redis, "n-2") as two:
        epoch = await begin(one)
        await post(one, epoch, 1, canary)
        for n in range(2, SNAPSHOT_COMMITS - 1):
            await post(one, epoch, n)
        assert canary.encode() in await everything(redis)
        assert canary.encode() in await redis.command("GET", room_key(TALK, "snapshot"))
        await two.parts.log.read(TALK)
        answer = await two.parts.log.append(
            TALK, epoch, Draft((ChatRetracted(line_seq=3),), MAYA, SNAPSHOT_COMMITS, 1, 2)
        )
        assert not isinstance(answer, Clash)
        assert canary.encode() not in await everything(redis)
        async with clustered_node(redis, "n-3") as three:
            assert await three.parts.log.read(TALK) == await two.parts.log.read(TALK)


async def test_words_are_gone_from_redis_also_where_their_commit_was_long_before(redis: RedisServer) -> None:
    canary = "canary-in-redis"
    async with clustered_node(redis, "n-1") as one:
        epoch = await begin(one)
        await post(one, epoch, 1, canary)
        toggles = tuple(MicrophoneSet(member_id=MAYA, on=place % 2 == 0) for place in range(LOG_MAX_COMMITS))
        await _append(one, epoch, *toggles)
        assert canary.encode() in await redis.command("GET", room_key(TALK, "snapshot"))
        assert canary.encode() not in await redis.command("LRANGE", room_key(TALK, "log"), "0", "-1")
        await _append(one, epoch, ChatRetracted(line_seq=3))
        assert canary.encode() not in await everything(redis)


async def _append(node: ClusteredNode, epoch: int, *facts: Fact) -> None:
    record = await node.parts.log.read(TALK)
    answer = await node.parts.log.append(TALK, epoch, Draft(facts, NO_MEMBER, 0, 1, record.ruling_seq))
    assert not isinstance(answer, Clash)


@pytest.mark.parametrize(
    ("field", "text"), [("epoch", "x"), ("epoch", None), ("seq", ""), ("mark", None), ("snapshot_seq", "1e9")]
)
async def test_a_head_that_no_node_wrote_ends_no_node(
    redis: RedisServer, field: str, text: str | None
) -> None:
    async with clustered_node(redis, "n-1") as one, clustered_node(redis, "n-2") as two:
        await one.rooms.open_rooms([PLAN])
        words = ("HDEL", field) if text is None else ("HSET", field, text)
        await redis.command(words[0], room_key(TALK, "head"), *words[1:])
        with suppress(LogUnavailableError):  # it does not know what the room was
            await two.parts.log.read(TALK)
        await _done(one, JoinRoom(member_id=MAYA, name="Maya"))  # who does lets it go on
        async with clustered_node(redis, "n-3") as three:
            assert await three.parts.log.read(TALK) == await one.parts.log.read(TALK)


async def everything(redis: RedisServer) -> bytes:
    log = await redis.command("LRANGE", room_key(TALK, "log"), "0", "-1")
    return log + await redis.command("GET", room_key(TALK, "snapshot"))


async def test_many_nodes_at_once_lose_and_double_nothing(redis: RedisServer) -> None:
    people = [MemberId(number) for number in range(10, 14)]
    lines = 25
    async with clustered_node(redis, "n-1") as one, clustered_node(redis, "n-2") as two:
        nodes = (one, two)
        await asyncio.gather(*(node.rooms.open_rooms([PLAN]) for node in nodes))
        for who in people:
            await _done(one, JoinRoom(member_id=who, name=f"M{who}"))

        async def talk(who: MemberId) -> None:
            for n in range(1, lines + 1):
                line = PostChat(by=who, n=n, text=f"{who} {n}")
                for node in random.choices(nodes, k=2):  # noqa: S311 - repeats, anywhere
                    await _done(node, line, who, n)

        async with asyncio.TaskGroup() as group:
            for who in people:
                group.create_task(talk(who))
        await until(lambda: one.rooms.record(TALK) == two.rooms.record(TALK))
        room = one.rooms.open_room(TALK)
        assert room is not None
        texts = [line.text for line in room.chat]
        assert sorted(texts) == sorted(f"{who} {n}" for who in people for n in range(1, lines + 1))
        for who in people:
            assert [text for text in texts if text.startswith(f"{who} ")] == [
                f"{who} {n}" for n in range(1, lines + 1)
            ]


async def _done(node: ClusteredNode, command: Command, who: MemberId = NO_MEMBER, n: int = 0) -> None:
    answer = await node.rooms.carry_out(TALK, command, who, n)
    assert isinstance(answer, Done), answer


async def damage(redis: RedisServer, *whats: str) -> None:
    """Write over what nodes have written."""
    for what in whats:
        if what == "log":
            await redis.command("LSET", room_key(TALK, what), "-1", "forged")
        else:
            await redis.command("SET", room_key(TALK, what), "forged")


@pytest.mark.parametrize("whats", [("log",), ("snapshot",), ("log", "snapshot")])
async def test_a_forged_entry_is_not_believed_and_whoever_knows_better_goes_on(
    redis: RedisServer, whats: tuple[str, ...]
) -> None:
    async with clustered_node(redis, "n-1") as one:
        await one.rooms.open_rooms([PLAN])
        await _done(one, JoinRoom(member_id=MAYA, name="Maya"))
        await _done(one, PostChat(by=MAYA, n=1, text="true"), MAYA, 1)
        await until(lambda: one.parts.hearing.is_whole)
        before = one.rooms.record(TALK)
        await damage(redis, *whats)
        async with clustered_node(redis, "n-2") as two:
            again = await two.parts.log.read(TALK)
            assert again.room == before.room
            assert again.revision.epoch > before.revision.epoch
            assert two.parts.sealer.drops
            assert two.parts.counts.set_aside == 1
            await until(lambda: one.rooms.record(TALK) == again)
    assert Sealer(bytes(32), "n-9", 1).open(Kind.ENTRY, TALK, b"forged") is DropKind.SIZE


async def test_a_damaged_log_of_which_nobody_lives_is_set_aside_for_a_while(redis: RedisServer) -> None:
    async with clustered_node(redis, "n-1") as one:
        await one.rooms.open_rooms([PLAN])
        await _done(one, JoinRoom(member_id=MAYA, name="Maya"))
    await damage(redis, "log")
    async with clustered_node(redis, "n-2") as two:
        await two.rooms.open_rooms([PLAN])
        room = two.rooms.open_room(TALK)
        assert room is not None
        assert not room.members
        assert two.parts.counts.set_aside == 1
    assert b"forged" in await redis.command("LRANGE", room_key(TALK, "damaged-log"), "0", "-1")
    for what in ("log", "head"):
        answer = await redis.command("PTTL", room_key(TALK, f"damaged-{what}"))
        assert 0 < int(answer.strip().removeprefix(b":")) <= LIFETIME_MS


async def test_a_log_that_went_back_goes_on_from_the_newest_record_anybody_has(redis: RedisServer) -> None:
    async with clustered_node(redis, "n-1") as one, clustered_node(redis, "n-2") as two:
        epoch = await begin(one)
        await two.parts.log.read(TALK)
        await post(one, epoch, 1, "known to both")
        before = await redis.command("HGET", room_key(TALK, "head"), "mark")
        await two.parts.log.read(TALK)
        await post(one, epoch, 2, "known to one")
        mark = before.split(b"\r\n", 1)[1][:8]
        await _go_back(redis, mark)
        record = await one.parts.log.read(TALK)
        draft = Draft((said(3),), MAYA, 3, 1, 2)
        assert isinstance(await one.parts.log.append(TALK, epoch, draft), Clash)
        again = await one.parts.log.read(TALK)
        assert isinstance(await two.parts.log.append(TALK, epoch, draft), Clash)
        assert await two.parts.log.read(TALK) == again
        assert again.revision == Revision(again.revision.epoch, record.revision.seq)
        assert again.revision.epoch > epoch
        assert again.room == record.room


async def _go_back(redis: RedisServer, mark: bytes) -> None:
    head, log = room_key(TALK, "head"), room_key(TALK, "log")
    reader, writer = await asyncio.open_connection("127.0.0.1", redis.port)
    words = [b"HSET", head.encode(), b"mark", mark, b"seq", b"3"]
    writer.write(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words))
    await reader.readline()
    writer.close()
    await redis.command("RPOP", log)


async def test_a_room_nobody_knows_begins_empty(redis: RedisServer) -> None:
    async with clustered_node(redis, "n-1") as one, clustered_node(redis, "n-2") as two:
        first, second = await asyncio.gather(one.parts.log.read(TALK), two.parts.log.read(TALK))
        assert first == second
        assert first.revision.seq == 0
        assert isinstance(await one.parts.log.since(TALK, Revision(1, 0)), Missing)
