"""BE11, BE17 and BE19 to BE25: well-formed messages that say too much, or what is somebody else's to say."""

import asyncio
import json
from pathlib import Path
from typing import Any, Final

import pytest

from rooms.limits import ACTION_BURST, CHAT_BURST
from signaling.events import EVENTS
from tests.examples import plain_of
from tests.hostile.beside import Beside, open_beside
from tests.hostile.line import Line, other_address
from tests.integration.test_bad_payloads import AS_WRITTEN, OF_ROLES, UNSEEN, WORDS

# What a plain member is told where there is nothing to act upon, or no leave to do so.
NOES: Final = {"not_allowed", "not_asked", "no_such_line", "no_share", "no_hand", "higher_rank"}


async def test_be11_words_are_cleaned_or_refused(beside: Beside) -> None:
    async with beside.trial("BE11", "member"):
        watcher = await Line.seated(beside.port)
        shown = 0
        for start in range(0, len(WORDS), CHAT_BURST):
            sam = await Line.seated(beside.port)
            for n, words in enumerate(WORDS[start : start + CHAT_BURST], 1):
                answer = await sam.ask("post_chat", n=n, text=words)
                assert answer.get("code", "") in {"", "empty_text", "text_too_long", "bad_message"}, words[
                    :20
                ]
                shown += answer["type"] == "accepted"
            sam.close()
        for _ in range(shown):
            text = (await watcher.fact("chat_posted"))["text"]
            assert not UNSEEN & set(text) - {"\n"}
            assert "\u0301\u0301\u0301" not in text
        watcher.close()
        assert shown >= 3


@pytest.mark.parametrize("escape", ["\\ud800", "\\udfff\\ud800", "a\\ud83dz"])
async def test_be11_half_a_character_is_no_text(beside: Beside, escape: str) -> None:
    async with beside.trial("BE11", "member", escape):
        sam = await Line.seated(beside.port)
        sam.say(f'429["post_chat",{{"n":1,"text":"{escape}"}}]', "41")
        await sam.end()
        assert dict(sam.answers).get(9, {"type": "refused"})["type"] == "refused"


@pytest.mark.long
async def test_be17_who_asks_for_much_and_reads_nothing_is_cut(tmp_path: Path) -> None:
    """Twenty write all that they may; one more asks for it again and again, and never reads.

    In a room of its own server, since everybody who came later would be sent all that was written.
    """
    async with open_beside(tmp_path) as alone, alone.trial("BE17", "member") as trial:
        watcher = await Line.seated(alone.port)
        for number in range(WRITERS):
            writer = await Line.seated(alone.port)
            for n in range(1, CHAT_BURST + 1):
                line = json.dumps({"n": n, "text": f"{number} " + "w" * 1_990})
                writer.say(f'42{n + 50}["post_chat",{line}]')
            await writer.answer(CHAT_BURST + 50)
            writer.close()
        sam = await Line.seated(alone.port, receive_bytes=4_096)
        sam.stop_reading()
        sam.say(*(f'42{number}["catch_up",{{"epoch":0,"seq":0}}]' for number in range(ACTION_BURST - 5)))
        await trial.counted("faults", "reads_nothing")
        assert (await watcher.fact_of("member_stranded", sam.member_id))["member_id"] == sam.member_id
        watcher.close()
        sam.close()


WRITERS: Final = 20


async def test_be19_what_needs_a_role_is_refused_to_members(beside: Beside) -> None:
    async with beside.trial("BE19", "member") as trial:
        events = list(OF_ROLES)
        for start in range(0, len(events), ACTION_BURST - 5):
            sam = await Line.seated(beside.port)
            for n, event in enumerate(events[start : start + ACTION_BURST - 5], 1):
                payload = plain_of(EVENTS[event])
                told: dict[str, Any] = {"n": n, "member_id": beside.voice_id, "seq": 1, "at": 0}
                payload |= {name: value for name, value in told.items() if name in payload}
                answer = await sam.ask(event, **payload)
                assert (answer["type"], answer["code"] in NOES) == ("refused", True), (event, answer)
            sam.close()
        await trial.counted("refusals", "not_allowed", at_least=30)


async def test_be20_one_number_is_one_line(beside: Beside) -> None:
    async with beside.trial("BE20", "member"):
        watcher, sam, kim = [await Line.seated(beside.port) for _ in range(3)]
        sam.say(*(f'42{ack}["post_chat",{{"n":1,"text":"once"}}]' for ack in range(100, 100 + CHAT_BURST)))
        revisions = [(await sam.answer(ack))["revision"] for ack in range(100, 100 + CHAT_BURST)]
        assert all(revision == revisions[0] for revision in revisions)
        assert (await kim.ask("post_chat", n=1, text="once"))["type"] == "accepted"
        posted = [await watcher.fact("chat_posted") for _ in range(2)]
        assert [fact["member_id"] for fact in posted] == [sam.member_id, kim.member_id]
        for line in (watcher, sam, kim):
            line.close()


async def test_be21_a_revision_that_never_was_brings_the_whole_room(beside: Beside) -> None:
    last = 2**53 - 1
    async with beside.trial("BE21", "member"):
        sam = await Line.seated(beside.port)
        for epoch, seq in ((last, 0), (last, last), (0, last), (-1, 9), (9, -1), (last + 1, 0)):
            back = await Line.connected(beside.port)
            answer = await back.ask("resume", ticket=sam.ticket, epoch=epoch, seq=seq)
            if 0 <= min(epoch, seq) <= max(epoch, seq) <= last:
                assert answer["sync"]["type"] == "snapshot"
                assert await sam.end() == "replaced"  # the newest has the seat
                sam = back
            else:
                assert answer["code"] == "bad_message"
                back.close()
        sam.close()


async def join_at_once(beside: Beside, browsers: int, places: int) -> None:
    """So many join with one attempt; one seat comes of it."""
    sources = [other_address() for _ in range(places)]
    asked = {"room": "talk", "name": f"Sam of {browsers}", "attempt": f"{browsers:022}"}
    lines: list[Line] = []

    async def join(source: str) -> dict[str, Any]:
        line = await Line.connected(beside.port, source)
        lines.append(line)
        return dict(await line.ask("join", **asked))

    answers = await asyncio.gather(*(join(sources[number % places]) for number in range(browsers)))
    codes = {answer.get("code", "seated") for answer in answers}
    assert codes <= {"seated", "name_taken", "busy", "out_of_turn"}, codes
    assert len({answer["member_id"] for answer in answers if answer["type"] == "joined"}) == 1
    for line in lines:
        line.close()


async def test_be22_one_attempt_is_one_seat(beside: Beside) -> None:
    async with beside.trial("BE22", "stranger"):
        await join_at_once(beside, 40, 1)


@pytest.mark.long
async def test_be22_a_thousand_joins_with_one_attempt_are_one_seat(beside: Beside) -> None:
    async with beside.trial("BE22", "stranger", "1,000"):
        await join_at_once(beside, 1_000, 20)


async def test_be23_what_looks_like_code_is_text(beside: Beside) -> None:
    async with beside.trial("BE23", "member"):
        watcher, sam = await Line.seated(beside.port), await Line.seated(beside.port)
        for n, words in enumerate(AS_WRITTEN, 1):
            assert (await sam.ask("post_chat", n=n, text=words))["type"] == "accepted"
            assert (await watcher.fact_of("chat_posted", sam.member_id))["text"] == words
        watcher.close()
        sam.close()


NAMES: Final = (
    ("Guest 1", "name_taken"),
    ("GUEST 1", "name_taken"),
    ("Gu\u0435st 1", "name_taken"),
    ("G\u200buest 1", "name_taken"),
    ("Host", "name_reserved"),
    ("h0st", "name_reserved"),
    (" \t ", "name_unusable"),
    ("\u200b\u200d\ufeff", "name_unusable"),
    ("\u0301\u0302\u0303", "name_unusable"),
    ("x" * 41, "name_unusable"),
    ("x" * 20_000, "bad_message"),
    ("", "bad_message"),
)


async def test_be24_nobody_is_taken_for_another_or_for_nobody(beside: Beside) -> None:
    async with beside.trial("BE24", "stranger and member"):
        stranger, sam = await Line.connected(beside.port), await Line.seated(beside.port)
        for n, (name, code) in enumerate(NAMES, 1):
            for answer in (
                await stranger.ask("join", room="talk", name=name),
                await sam.ask("rename", n=n, name=name),
            ):
                assert answer.get("code") == code, (name[:40], answer["type"])
        stranger.close()
        sam.close()


@pytest.mark.parametrize(
    "asked",
    [
        [("raise_hand", {"lane": "share"}), ("lower_hand", {})],
        [("set_microphone", {"on": True}), ("set_microphone", {"on": False})],
    ],
    ids=["hands", "microphones"],
)
async def test_be25_others_hear_no_more_than_the_pace_allows(
    beside: Beside, asked: list[tuple[str, dict[str, Any]]]
) -> None:
    async with beside.trial("BE25", "member", asked[0][0]) as trial:
        sam = await Line.seated(beside.port)
        before = len(sam.answers)
        frames = []
        for number in range(10_000):
            event, payload = asked[number % 2]
            own = {"member_id": sam.member_id} if event == "lower_hand" else {}
            frames.append(f"42{number}" + json.dumps([event, {"n": number + 1, **payload, **own}]))
        sam.say(*frames)
        assert await sam.end() == "fault"
        accepted = [answer for _, answer in sam.answers[before:] if answer["type"] == "accepted"]
        assert len(accepted) <= 2 * ACTION_BURST
        await trial.counted("refusals", "too_fast", at_least=20)
