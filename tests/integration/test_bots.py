"""Bots in a real server's room: what they are promised, and that they would notice if it were broken."""

import asyncio
import sys
from collections.abc import AsyncIterator

import msgspec
import pytest
from msgspec.structs import replace

from rooms.model import Room
from rooms.refusals import RefusalCode
from signaling.to_browser import EndReason
from tests.bots.bot import Bot, RefusedError
from tests.bots.ground import Ground, open_ground
from tests.bots.report import Report
from tests.bots.served import CrowdServer, crowd_server
from tests.bots.speech import Speech
from tests.bots.swarm import Swarm, SwarmPlan

ROOM = "talk"
PROGRAM_WITHIN_S = 40.0


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[CrowdServer]:
    async with crowd_server(tmp_path_factory.mktemp("served")) as running:
        yield running


async def sends(speech: Speech, packets: int) -> None:
    """Wait until a voice has sent so many more packets."""
    wanted = speech.sent + packets
    async with asyncio.timeout(10):
        while speech.sent < wanted:  # noqa: ASYNC110 -- the voice is the clock here
            await asyncio.sleep(0.02)


def speech_of(bot: Bot) -> Speech:
    assert bot.media is not None
    return bot.media.speech


async def bots(server: CrowdServer, *arguments: str) -> tuple[int, Report | None, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bots", "--url", server.url, "--json", "-", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(PROGRAM_WITHIN_S):
            out, words = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    report = msgspec.json.decode(out, type=Report) if out else None
    return process.returncode or 0, report, words.decode()


async def test_one_speaks_and_nine_hear_every_packet(server: CrowdServer) -> None:
    code, report, words = await bots(
        server, "--room", ROOM, "--speakers", "1", "--listeners", "9", "--seconds", "3"
    )
    assert code == 0, words
    assert report is not None
    assert report.joined == 10
    assert report.packets_sent > 140
    assert report.packets_received == report.packets_expected == 9 * report.packets_sent
    assert (report.lost, report.duplicates, report.out_of_order) == (0, 0, 0)
    assert (report.wrong_csrc, report.unreadable, report.stray) == (0, 0, 0)
    assert report.delay_p50_ms is not None
    assert 0 < report.delay_p50_ms < 30
    assert report.join_ms.count == 10
    assert report.reports_received > 0


async def test_bots_that_cannot_join_say_so(server: CrowdServer) -> None:
    code, report, words = await bots(server, "--room", "nowhere", "--listeners", "2", "--seconds", "0")
    assert code == 1
    assert report is not None
    assert report.joined == 0
    assert report.errors == {"RefusedError: no_room": 3}
    assert "no_room" in words


async def test_bots_go_to_no_other_machine(server: CrowdServer) -> None:
    code, report, words = await bots(server, "--url", "http://192.0.2.1:8080")
    assert (code, report) == (2, None)
    assert "not a loopback address" in words


async def test_five_voices_share_three_slots_without_a_hole(server: CrowdServer) -> None:
    plan = SwarmPlan(url=server.url, room=ROOM, speakers=5, listeners=4, seconds=0, dtx_ms=(600, 900))
    async with Swarm.open(plan) as swarm:
        await swarm.join_all()
        await swarm.start_speaking()
        await asyncio.gather(*(sends(speech_of(bot), 100) for bot in swarm.speakers))
        await swarm.stop_speaking()
        report = swarm.report()
        assert (report.joined, report.errors) == (9, {})
        assert report.lost_in_slots == 0
        assert (report.wrong_csrc, report.duplicates, report.out_of_order) == (0, 0, 0)
        for bot in swarm.listeners:
            assert bot.media is not None
            assert bot.media.hearing is not None
            assert set(bot.media.hearing.voices) == {speaker.member_id for speaker in swarm.speakers}


async def test_lines_come_once_and_in_one_order(server: CrowdServer) -> None:
    plan = SwarmPlan(
        url=server.url, room=ROOM, speakers=0, listeners=8, seconds=3, chat_per_s=6, with_media=False
    )
    async with Swarm.open(plan) as swarm:
        report = await swarm.run()
    assert report.chat_sent == 18
    assert report.chat_received == 18 * 8
    assert (report.chat_lost, report.chat_duplicates, report.chat_out_of_order) == (0, 0, 0)
    assert report.chat_orders == 1
    assert report.errors == {}


async def pair(ground: Ground) -> tuple[Bot, Bot]:
    """Ann, who speaks, and Ben, who hears her."""
    ann = await Bot.enter(ground, ROOM, "Ann")
    ben = await Bot.enter(ground, ROOM, "Ben")
    await ann.speak()
    await ben.hears(ann.member_id)
    return ann, ben


def as_all_see(room: Room) -> Room:
    """The room without what each member is shown of the own seat alone."""
    members = {
        who: replace(member, is_new=False, probation_ms=0, was=()) for who, member in room.members.items()
    }
    return replace(room, members=members)


async def test_mute_is_the_server_s_doing(server: CrowdServer) -> None:
    async with open_ground(server.url) as ground:
        ann, ben = await pair(ground)
        await ann.set_microphone(on=False)
        await ben.until(lambda room: not room.members[ann.member_id].is_open)
        heard = ben.heard(ann.member_id)
        assert heard is not None
        before = heard.packets
        await sends(speech_of(ann), 25)  # a broken page that goes on sending
        assert heard.packets == before
        await ann.set_microphone(on=True)
        await ben.hears(ann.member_id)
        assert ben.media is not None
        assert ben.media.hearing is not None
        assert [slot.lost for slot in ben.media.hearing.slots.values()] == [0, 0, 0]


async def test_a_seat_outlives_its_connection(server: CrowdServer) -> None:
    async with open_ground(server.url) as ground:
        ann, ben = await pair(ground)
        await ben.say("before")
        await ann.until(lambda room: room.chat[-1].text == "before")
        ann.drop(media=False)
        await ben.until(lambda room: room.members[ann.member_id].stranded_ms > 0)
        await ben.say("meanwhile")
        resumed = await ann.resume()
        assert resumed.peer_id
        await ben.until(lambda room: room.members[ann.member_id].stranded_ms == 0)
        await ann.say("after")
        await ben.until(lambda room: room.chat[-1].text == "after")
        assert [line.text for line in ann.room.chat][-3:] == ["before", "meanwhile", "after"]
        assert as_all_see(ann.room) == as_all_see(ben.room)
        await ben.hears(ann.member_id)


async def test_sound_comes_back_over_a_new_transport(server: CrowdServer) -> None:
    async with open_ground(server.url) as ground:
        ann, ben = await pair(ground)
        ben.drop()
        await ben.resume()
        await ben.hears(ann.member_id)
        assert len(ben.room.members) == 2


async def test_a_restart_of_ice_loses_nothing(server: CrowdServer) -> None:
    async with open_ground(server.url) as ground:
        ann, ben = await pair(ground)
        await ben.restart_media()
        await sends(speech_of(ann), 20)
        heard = await ben.hears(ann.member_id)
        assert heard is not None
        assert heard.missing == set()
        assert ben.media is not None
        assert ben.media.checks_answered >= 2


async def test_a_listener_behind_a_forgetful_nat_is_found_again(server: CrowdServer) -> None:
    async with open_ground(server.url) as ground:
        ann, ben = await pair(ground)
        assert ben.media is not None
        ben.media.move()
        await ben.hears(ann.member_id)


async def test_an_unheard_command_is_carried_out_once(server: CrowdServer) -> None:
    async with open_ground(server.url) as ground:
        ann, ben = await pair(ground)
        saying = asyncio.gather(ann.say("only once"), return_exceptions=True)
        await asyncio.sleep(0)  # the line is on its way
        ann.drop(media=False)
        await saying
        await ann.resume()
        await ann.say("and then")
        room = await ben.until(lambda room: room.chat[-1].text == "and then")
        assert [line.text for line in room.chat if line.member_id == ann.member_id] == [
            "only once",
            "and then",
        ]


async def test_a_taken_name_is_refused_with_another(server: CrowdServer) -> None:
    async with open_ground(server.url) as ground:
        await Bot.enter(ground, ROOM, "Cleo")
        with pytest.raises(RefusedError) as refused:
            await Bot.enter(ground, ROOM, "cleo")
        assert refused.value.refusal.code is RefusalCode.NAME_TAKEN
        assert refused.value.refusal.suggestion


async def test_a_frame_that_no_page_sends_ends_the_connection(server: CrowdServer) -> None:
    async with open_ground(server.url) as ground:
        ann = await Bot.enter(ground, ROOM, "Ann")
        ann.link.send_raw(b'42["no_such_event",{}]')
        async with asyncio.timeout(5):
            await ann.link.ended.wait()
        assert ann.ended is not None
        assert ann.ended.reason is EndReason.FAULT


@pytest.mark.slow
async def test_bots_come_back_after_the_server_was_restarted(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    async with (
        crowd_server(tmp_path_factory.mktemp("restarted")) as server,
        open_ground(server.url) as ground,
    ):
        ann, ben = await pair(ground)
        await server.stop()
        assert ann.ended is not None
        assert ann.ended.reason is EndReason.RESTARTING
        await server.start()
        for bot in (ann, ben):
            await bot.resume()
        assert ann.member("Ann").member_id == ann.member_id
        await ann.speak()
        await ben.hears(ann.member_id)
