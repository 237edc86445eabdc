import contextlib

import pytest

from rooms.commands import CloseRoom, StrandMember
from rooms.ids import MemberId, RoomSlug
from rooms.limits import ACTION_BURST, CHAT_BURST
from rooms.model import Revision
from rooms.pace import Pace
from rooms.refusals import Refusal, RefusalCode
from server.gateway.connection import NO_MAX
from tests.server.gateway.house import TALK, House

FINGERPRINT = {"algorithm": "sha-256", "value": "AB"}


async def test_joining_gives_seat_snapshot_ticket_and_offer(house: House) -> None:
    maya = await house.browser()
    joined = await maya.join("Maya")
    room = joined["sync"]["room"]
    assert joined["sync"]["type"] == "snapshot"
    assert room["members"][str(maya.member_id)]["name"] == "Maya"
    assert joined["offer"] == {"peer_id": house.media.peers[maya.member_id], "sdp": "v=0"}
    assert joined["now_ms"] == house.clock.wall
    assert 0 < maya.member_id < 2**31


async def test_who_is_there_sees_who_comes(house: House) -> None:
    maya = await house.member("Maya")
    jo = await house.member("Jo")
    fact = await maya.fact("member_joined")
    assert fact["member"]["member_id"] == jo.member_id
    assert jo.events == []  # it is in the snapshot


@pytest.mark.parametrize(
    ("room", "name", "invite", "code"),
    [
        ("nowhere", "Maya", "", "no_room"),
        ("talk", "Tom", "", "name_taken"),
        ("talk", "\u200b", "", "name_unusable"),
        ("talk", "Maya", "forged", "ticket_unusable"),
        ("Talk!", "Maya", "", "bad_message"),
    ],
)
async def test_joining_can_be_refused_and_tried_again(
    house: House, room: str, name: str, invite: str, code: str
) -> None:
    await house.member("Tom")
    maya = await house.browser()
    refused = await maya.ask("join", room=room, name=name, invite=invite)
    assert (refused["type"], refused["code"]) == ("refused", code)
    assert (await maya.join("Maya"))["type"] == "joined"


async def test_a_join_whose_answer_was_lost_finds_its_own_seat(house: House) -> None:
    first, second, stranger = await house.browser(), await house.browser(), await house.browser()
    mine = {"room": "talk", "name": "Maya", "attempt": "a" * 22}
    member_id = (await first.ask("join", **mine))["member_id"]
    again = await second.ask("join", **mine)
    assert (again["type"], again["member_id"]) == ("joined", member_id)
    assert await first.closed() == "replaced"
    refused = await stranger.ask("join", **{**mine, "attempt": "b" * 22})
    assert refused["code"] == "name_taken"
    assert (await stranger.ask("join", **{**mine, "attempt": "short"}))["code"] == "bad_message"


async def test_a_hosts_link_is_for_its_own_room_and_time(house: House) -> None:
    tom = await house.host("Tom")
    assert house.rooms.record(TALK).room.members[tom.member_id].role == "host"  # type: ignore[union-attr,index]
    old = house.office.issue_invite(TALK, 1, house.clock.wall - 3_600_001)
    assert (await (await house.browser()).join("Eve", old))["code"] == "ticket_unusable"


async def test_nothing_but_entering_before_a_seat_and_no_entering_after(house: House) -> None:
    maya = await house.browser()
    for event in ("leave", "open_media", "restart_media"):
        assert (await maya.ask(event))["code"] == "out_of_turn"
    assert (await maya.ask("post_chat", n=1, text="x"))["code"] == "out_of_turn"
    await maya.join("Maya")
    assert (await maya.ask("join", room="talk", name="Two"))["code"] == "out_of_turn"


async def test_chat_reaches_everybody_once_and_in_order(house: House) -> None:
    maya, jo = await house.member("Maya"), await house.member("Jo")
    for n in (1, 2, 2, 2, 3):
        answer = await maya.ask("post_chat", n=n, text=f"line {n}")
        assert answer["type"] == "accepted"
    texts = [(await jo.fact("chat_posted"))["text"] for _ in range(3)]
    assert texts == ["line 1", "line 2", "line 3"]
    room = house.rooms.open_room(TALK)
    assert room is not None
    assert len(room.chat) == 3


async def test_a_line_is_taken_back_by_its_author_only(house: House) -> None:
    maya, jo = await house.member("Maya"), await house.member("Jo")
    line = (await maya.ask("post_chat", n=1, text="oops"))["revision"]["seq"]
    assert (await jo.ask("retract_chat", n=1, seq=line))["code"] == "no_such_line"
    assert (await maya.ask("retract_chat", n=2, seq=line))["type"] == "accepted"
    assert (await jo.fact("chat_retracted"))["line_seq"] == line


async def test_the_microphone_opens_the_gate_and_a_host_closes_it(house: House) -> None:
    maya, tom = await house.member("Maya"), await house.host("Tom")
    await maya.ask("set_microphone", n=1, on=True)
    assert house.media.heard[maya.member_id] is True
    assert (await maya.ask("mute_member", n=2, member_id=tom.member_id))["code"] == "not_allowed"
    await tom.ask("mute_member", n=1, member_id=maya.member_id)
    assert house.media.heard[maya.member_id] is False
    assert (await maya.fact("member_muted"))["by"] == tom.member_id
    assert (await maya.ask("set_microphone", n=3, on=True))["code"] == "muted_by_host"
    await tom.ask("lift_mute", n=2, member_id=maya.member_id)
    assert house.media.heard[maya.member_id] is False
    await maya.ask("set_microphone", n=4, on=True)
    assert house.media.heard[maya.member_id] is True


async def test_removal_is_told_to_the_member_and_looks_like_leaving_to_others(house: House) -> None:
    maya, jo, tom = await house.member("Maya"), await house.member("Jo"), await house.host("Tom")
    await tom.ask("remove_member", n=1, member_id=maya.member_id)
    assert (await maya.fact("member_removed"))["by"] == tom.member_id
    assert await maya.closed() == "removed"
    assert (await jo.fact("member_left"))["reason"] == "left"
    assert (await tom.fact("member_removed"))["member_id"] == maya.member_id
    assert maya.member_id not in house.media.peers
    again = await house.browser()
    assert (await again.resume(maya.ticket))["code"] == "was_removed"


async def test_leaving_frees_the_seat_and_closes(house: House) -> None:
    maya, jo = await house.member("Maya"), await house.member("Jo")
    assert (await maya.ask("leave"))["type"] == "accepted"
    assert await maya.closed() == "left"
    assert (await jo.fact("member_left"))["member_id"] == maya.member_id
    assert maya.member_id not in house.media.peers


async def test_a_page_that_goes_gives_up_its_seat_by_its_ticket(house: House) -> None:
    maya, jo = await house.member("Maya"), await house.member("Jo")
    await house.gateway.give_up("no ticket")
    await house.gateway.give_up(maya.ticket)
    assert await maya.closed() == "left"
    assert (await jo.fact("member_left"))["member_id"] == maya.member_id
    assert maya.member_id not in house.media.peers
    await house.gateway.give_up(maya.ticket)  # once is enough, and twice is no fault


async def test_a_seat_whose_line_is_cut_is_given_up_too(house: House) -> None:
    maya, jo = await house.member("Maya"), await house.member("Jo")
    await maya.ws.close()
    await jo.fact("member_stranded")
    await house.gateway.give_up(maya.ticket)
    assert (await jo.fact("member_left"))["member_id"] == maya.member_id


async def test_leaving_counts_behind_a_join_that_is_not_answered_yet(house: House) -> None:
    jo, maya = await house.member("Jo"), await house.browser()
    await maya.ws.send_str('421["join",{"room":"talk","name":"Maya"}]')
    await maya.ws.send_str('422["leave",{}]')
    await maya.ws.close()
    member_id = (await jo.fact("member_joined"))["member"]["member_id"]
    assert (await jo.fact("member_left"))["member_id"] == member_id


async def test_a_cut_line_keeps_the_seat_and_a_ticket_returns_to_it(house: House) -> None:
    maya, jo = await house.member("Maya"), await house.member("Jo")
    await maya.ask("post_chat", n=1, text="before")
    epoch, seq = maya.revision
    await maya.ws.close()
    assert (await jo.fact("member_stranded"))["member_id"] == maya.member_id
    assert maya.member_id in house.media.peers  # a signalling blip never stops the sound
    await jo.ask("post_chat", n=1, text="meanwhile")
    back = await house.browser()
    resumed = await back.resume(maya.ticket, epoch, seq)
    peer_id = house.media.peers[maya.member_id]
    assert (resumed["member_id"], resumed["last_n"], resumed["peer_id"]) == (maya.member_id, 1, peer_id)
    kinds = [commit["fact"]["type"] for commit in resumed["sync"]["commits"]]
    assert kinds[-1] == "member_returned"
    assert kinds.count("chat_posted") == 2
    assert (await jo.fact("member_returned"))["member_id"] == maya.member_id


async def test_a_resume_without_a_known_revision_gets_a_snapshot(house: House) -> None:
    maya = await house.member("Maya")
    back = await house.browser()
    assert (await back.resume(maya.ticket, 1, 1))["sync"]["type"] == "snapshot"
    assert await maya.closed() == "replaced"


async def test_one_ticket_on_two_lines_is_one_seat_and_the_newest_wins(house: House) -> None:
    maya = await house.member("Maya")
    second = await house.browser()
    await second.resume(maya.ticket)
    assert await maya.closed() == "replaced"
    room = house.rooms.open_room(TALK)
    assert room is not None
    assert len(room.members) == 1
    assert room.members[second.member_id].stranded_ms == 0


async def test_a_forged_ticket_is_refused(house: House) -> None:
    assert (await (await house.browser()).resume("forged"))["code"] == "ticket_unusable"


async def test_renaming_gives_a_ticket_that_knows_the_name(house: House) -> None:
    maya = await house.member("Maya")
    await maya.ask("rename", n=1, name="Ada")
    ticket = (await maya.event("ticket_renewed"))["ticket"]
    read = house.office.read_seat(ticket, house.clock.wall)
    assert read is not None
    assert read.name == "Ada"
    assert (await maya.ask("rename", n=2, name=""))["code"] == "bad_message"


async def test_catching_up(house: House) -> None:
    maya = await house.member("Maya")
    epoch, seq = maya.revision
    await maya.ask("post_chat", n=1, text="x")
    synced = await maya.ask("catch_up", epoch=epoch, seq=seq)
    assert [commit["seq"] for commit in synced["sync"]["commits"]] == [seq + 1]
    synced = await maya.ask("catch_up", epoch=epoch, seq=seq + 99)
    assert synced["sync"]["type"] == "snapshot"


async def test_media_messages(house: House) -> None:
    maya = await house.member("Maya")
    await maya.ask("set_microphone", n=1, on=True)
    peer_id = (await maya.ask("open_media"))["offer"]["peer_id"]
    assert house.media.heard[maya.member_id] is True
    answer = {"peer_id": peer_id, "fingerprints": [FINGERPRINT], "setup": "active"}
    assert (await maya.ask("answer_media", **answer))["type"] == "accepted"
    stale = {**answer, "peer_id": "other"}
    assert (await maya.ask("answer_media", **stale))["code"] == "stale_offer"
    house.media.refusal = Refusal(code=RefusalCode.BAD_SETUP)
    assert (await maya.ask("answer_media", **answer))["code"] == "bad_setup"
    assert (await maya.ask("restart_media"))["offer"]["sdp"] == "v=0 again"
    house.media.peers.clear()
    assert (await maya.ask("restart_media"))["code"] == "no_peer"


async def test_how_fast_one_may_write_is_for_the_operator(house: House) -> None:
    house.gateway._server.eio.chat_pace = Pace(2, 0.5)
    maya = await house.member("Maya")
    answers = [await maya.ask("post_chat", n=n, text="x") for n in (1, 2, 3)]
    assert [answer["type"] for answer in answers] == ["accepted", "accepted", "refused"]
    assert answers[2]["retry_ms"] == 2_000


async def test_paces_are_said_with_a_time(house: House) -> None:
    maya = await house.member("Maya")
    answers = [await maya.ask("post_chat", n=n, text="x") for n in range(1, CHAT_BURST + 2)]
    assert [answer["type"] for answer in answers[:-1]] == ["accepted"] * CHAT_BURST
    assert (answers[-1]["code"], answers[-1]["retry_ms"]) == ("too_fast", 1_000)
    house.clock.pass_ms(1_000)
    retried = await maya.ask("post_chat", n=CHAT_BURST + 1, text="x")
    assert retried["type"] == "accepted"


async def test_a_new_line_brings_no_new_burst(house: House) -> None:
    maya = await house.member("Maya")
    for n in range(1, CHAT_BURST + 1):
        await maya.ask("post_chat", n=n, text="x")
    back = await house.browser()
    await back.resume(maya.ticket)
    assert (await back.ask("post_chat", n=CHAT_BURST + 1, text="x"))["code"] == "too_fast"


async def test_words_that_were_taken_back_are_given_to_nobody(house: House) -> None:
    maya = await house.member("Maya")
    reader = await house.member("Tom")
    epoch, seq = reader.revision
    line = (await maya.ask("post_chat", n=1, text="my secret"))["revision"]["seq"]
    await maya.ask("retract_chat", n=2, seq=line)
    late = await house.member("Jo")
    whole = await late.ask("catch_up", epoch=epoch, seq=seq)  # from before the own coming
    assert whole["sync"]["type"] == "snapshot"
    assert "my secret" not in str(whole)
    synced = await reader.ask("catch_up", epoch=epoch, seq=seq)
    assert synced["sync"]["type"] == "commits"
    assert "my secret" not in str(synced)


async def test_a_seat_lost_while_coming_back_is_asked_for_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    maya = await house.member("Maya")
    since = house.rooms.since

    async def slow_since(slug: RoomSlug, revision: Revision) -> object:
        monkeypatch.setattr(house.rooms, "since", since)
        await house.rooms.carry_out(slug, StrandMember(member_id=MemberId(maya.member_id)))
        return await since(slug, revision)

    monkeypatch.setattr(house.rooms, "since", slow_since)
    back = await house.browser()
    refused = await back.resume(maya.ticket)
    assert (refused["code"], refused["retry_ms"] > 0) == ("busy", True)
    assert (await back.resume(maya.ticket))["type"] == "resumed"


async def test_one_who_only_earns_noes_is_ended(house: House) -> None:
    maya = await house.member("Maya")
    for _ in range(NO_MAX - 1):
        assert (await maya.ask("post_chat", n=1))["code"] == "bad_message"
    await maya.ask("post_chat", n=1)
    assert await maya.closed() == "fault"


async def test_moderation_has_a_pace_too(house: House) -> None:
    tom = await house.host("Tom")
    answers = [await tom.ask("mute_member", n=1, member_id=1) for _ in range(ACTION_BURST)]
    assert {answer["code"] for answer in answers} == {"no_such_member", "too_fast"}


async def test_what_the_room_refuses_is_no_fault(house: House) -> None:
    maya, tom = await house.member("Maya"), await house.host("Tom")
    await tom.ask("set_chat", n=1, mode="everyone", slow_ms=300_000)
    assert (await maya.ask("post_chat", n=1, text="one"))["type"] == "accepted"
    for _ in range(NO_MAX + 1):
        house.clock.pass_ms(1_000)
        assert (await maya.ask("post_chat", n=2, text="two"))["code"] == "too_fast"


async def test_who_catches_up_with_a_meeting_that_ended_is_told_so(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    maya = await house.member("Maya")
    since = house.rooms.since

    async def slow_since(slug: RoomSlug, revision: Revision) -> object:
        monkeypatch.setattr(house.rooms, "since", since)
        await house.rooms.carry_out(slug, CloseRoom())
        return await since(slug, revision)

    monkeypatch.setattr(house.rooms, "since", slow_since)
    with contextlib.suppress(AssertionError):  # the connection may be gone before the answer
        assert (await maya.ask("catch_up", epoch=maya.revision[0], seq=0))["code"] == "no_room"
    assert [body["reason"] for name, body in maya.events if name == "ended"] == ["closed"]
    assert house.gateway.counts()["bugs"] == 0
