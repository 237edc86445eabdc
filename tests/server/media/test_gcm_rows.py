"""No number twice under one key, whatever the rooms' rules above come up with. libsrtp is the judge."""

import os
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pylibsrtp import Policy

from rooms.ids import MemberId
from rooms.voice.downlink import START_END, Downlink
from rooms.voice.slot import LATE_MAX_PACKETS, Forward, Slot
from server.media.gcm_rows import GcmRows
from server.media.kernel_lists import ROWS
from server.media.line import COUNTER_END
from server.media.listener import Listener
from server.media.packet_out import PacketOut
from server.media.session_rows import SessionRows
from server.media.srtp_gcm import SessionKeys
from tests.server.media.ear import SSRCS, KeptCopies, draw_master, open_session

VOICES = 4
KEPT = KeptCopies()  # making one takes longer than a whole story


class Member:
    """A listener on loopback that libsrtp listens for: it takes no number a second time."""

    def __init__(self, voice_id: int, slots: list[Slot], start: int) -> None:
        self.master = draw_master()
        self.rx = open_session(self.master, Policy.SSRC_ANY_INBOUND)
        self.tx = open_session(self.master, Policy.SSRC_ANY_OUTBOUND, repeats=True)
        self.listener = Listener(
            MemberId(voice_id),
            Downlink(slots, SSRCS, (start,) * 3),
            SessionKeys.derive(self.master),
            ("127.0.0.1", 10_000 + voice_id),
        )
        self.heard: list[bytes] = []


class Bench:
    """Two tables of rows, as for two address families, and a room that may be as wrong as it likes."""

    def __init__(self, starts: list[int]) -> None:
        self.slots = [Slot(index) for index in range(3)]
        self.tables = (GcmRows(), GcmRows())
        self.members = [Member(index, self.slots, start) for index, start in enumerate(starts)]
        self.at: dict[int, int] = {}
        self.kept = KEPT
        KEPT.sent.clear()

    def place(self, index: int, table: int | None) -> None:
        """Put a member to a table, or to none."""
        listener = self.members[index].listener
        before = self.at.pop(index, None)
        if before is not None:
            self.tables[before].remove(listener)
        if table is not None:
            self.tables[table].add(listener)
            self.at[index] = table

    def forward(self, slot: int, counter: int, advance: int, speaker: int) -> Forward:
        found = self.slots[slot]
        found.newest = max(found.newest, counter)
        found.packets += 1
        return Forward(
            slot=slot,
            counter=counter,
            advance=advance,
            timestamp_48k=counter * 960 & 0xFFFFFFFF,
            marker=False,
            voice_id=MemberId(speaker),
            level_dbov=30,
            voice_flag=True,
            payload=os.urandom(9),
        )

    def send(self, forward: Forward, apart: frozenset[int] = frozenset()) -> int:
        packet = PacketOut(forward, frozenset({forward.voice_id, *map(MemberId, apart)}))
        self.kept.sent.clear()
        sent = sum(table.send(packet, self.kept).sent for table in self.tables)
        assert sent == len(self.kept.sent)
        for datagram, address in self.kept.sent:
            member = self.members[address[1] - 10_000]
            opened = member.rx.unprotect(datagram)  # an error where a number comes again
            assert opened[24:] == forward.payload
            assert opened[8:12] == SSRCS[forward.slot].to_bytes(4, "big")
            member.heard.append(opened)
        return sent


slots = st.integers(0, 1)
voices = st.integers(0, VOICES - 1)
parted = st.frozensets(voices, max_size=2)


class Wrong:
    """What a room may do, rightly and wrongly, to one slot's numbers and to who is where."""

    def __init__(self, starts: list[int]) -> None:
        self.bench = Bench(starts)
        self.last: Forward | None = None
        self.waiting: list[Forward] = []
        for index in range(VOICES):
            self.bench.place(index, index % 2)

    def speak(self, slot: int, step: int, advance: int, speaker: int, apart: frozenset[int]) -> None:
        counter = max(0, self.bench.slots[slot].newest + step)
        self.last = self.bench.forward(slot, counter, advance, speaker)
        self.bench.send(self.last, apart)

    def again(self) -> None:
        if self.last is not None:
            self.bench.send(self.last)

    def wait(self, slot: int, step: int, speaker: int) -> None:
        self.waiting.append(self.bench.forward(slot, self.bench.slots[slot].newest + step, step, speaker))
        if len(self.waiting) > 2:
            self.bench.send(self.waiting.pop(0))

    def place(self, index: int, table: int | None) -> None:
        self.bench.place(index, table)


rights = st.integers(1, 40).flatmap(
    lambda step: st.tuples(st.just("speak"), slots, st.just(step), st.just(step), voices, parted)
)
acts = st.one_of(
    rights,
    st.tuples(st.just("speak"), slots, st.integers(-40, 0), st.just(0), voices, parted),
    st.tuples(st.just("speak"), slots, st.integers(-40, 40), st.integers(-40, 40), voices, parted),
    st.tuples(st.just("place"), voices, st.one_of(st.none(), st.integers(0, 1))),
    st.just(("again",)),
    st.tuples(st.just("wait"), slots, st.integers(1, 3), voices),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(acts, max_size=60), st.lists(st.integers(0, START_END - 1), min_size=VOICES, max_size=VOICES))
def test_libsrtp_never_sees_a_number_twice(story: list[tuple[str, ...]], starts: list[int]) -> None:
    room = Wrong(starts)
    for act, *details in story:
        getattr(room, act)(*details)


def test_hours_of_speech_with_every_kind_of_change_lose_nothing_and_are_libsrtps_bytes() -> None:
    bench = Bench([0, 1, 30_000, START_END - 1])
    for index in range(VOICES):
        bench.place(index, index % 2)
    sent = 0
    for number in range(1, 3_000):
        step = 1 if number % 10 else 240
        slot, speaker = number % 2, number // 50 % 5
        forward = bench.forward(slot, bench.slots[slot].newest + step, step, speaker)
        sent += bench.send(forward)
        for datagram, address in bench.kept.sent:
            theirs = bench.members[address[1] - 10_000].tx.protect(
                bench.members[address[1] - 10_000].heard[-1]
            )
            assert datagram == theirs
        if not number % 7:
            bench.place(number % VOICES, number % 2)
    assert sent == sum(4 if number // 50 % 5 == 4 else 3 for number in range(1, 3_000))
    assert bench.slots[0].newest > 1 << 16
    for member in bench.members:
        of_slot = [opened for opened in member.heard if opened[8:12] == SSRCS[0].to_bytes(4, "big")]
        steps = {
            int.from_bytes(b[2:4], "big") - int.from_bytes(a[2:4], "big") & 0xFFFF
            for a, b in pairwise(of_slot)
        }
        assert steps <= {1, 240}  # what a member must not have leaves no gap


@pytest.mark.parametrize(
    "story",
    [
        [
            (10, 5, 0, 1),
            (9, 0, 99, 0),
            (11, 1, 99, 2),
        ],  # overtaken by a packet that one of them must not have
        [(10, 5, 0, 1), (11, 1, 99, 2), (9, 0, 99, 0), (12, 1, 99, 2)],  # and by one more
        [(8, 3, 0, 1), (7, 2, 0, 0), (9, 1, 99, 2)],  # overtaken, and says that it moved the counter
        [(6, 4, 0, 0), (7, 1, 99, 2)],  # says that it moved the counter further than it did
        [(5, 1, 99, 0), (5, 0, 99, 0), (4, 1, 99, 0), (6, 1, 99, 2)],  # again
        [(50, 45, 99, 2), (17, 0, 99, 0), (18, 0, 99, 2), (18, 0, 99, 0)],  # as late as is remembered
    ],
)
def test_a_room_that_errs_leads_to_no_number_twice(story: list[tuple[int, int, int, int]]) -> None:
    bench = Bench([0] * VOICES)
    for index in (0, 1):
        bench.place(index, 0)
    for counter in range(1, 6):
        assert bench.send(bench.forward(0, counter, 1, 99)) == 2
    for counter, advance, speaker, sent in story:
        assert bench.send(bench.forward(0, counter, advance, speaker)) == sent


def late(bench: Bench, slot: int, behind: int, speaker: int = 99) -> int:
    return bench.send(bench.forward(slot, bench.slots[slot].newest - behind, 0, speaker))


def test_an_overtaken_packet_is_sent_once_and_not_after_somebody_came() -> None:
    bench = Bench([0] * VOICES)
    bench.place(0, 0)
    assert bench.send(bench.forward(0, 1, 1, 99)) == 1
    assert bench.send(bench.forward(0, 10, 9, 99)) == 1
    assert [late(bench, 0, behind) for behind in (3, 3, 0, 9, 8)] == [1, 0, 0, 0, 1]
    bench.place(1, 0)
    assert late(bench, 0, 4) == 0
    assert bench.send(bench.forward(0, 12, 2, 99)) == 2
    assert late(bench, 0, 1) == 2


def test_what_is_refused_is_counted_and_is_loss() -> None:
    bench = Bench([0] * VOICES)
    bench.place(0, 0)
    bench.send(bench.forward(0, 5, 5, 99))
    downlink = bench.members[0].listener.downlink
    packet = PacketOut(bench.forward(0, 5, 0, 99), frozenset())
    assert bench.tables[0].send(packet, bench.kept) == (0, 0, 0, 1)
    assert downlink.packets_sent(0) == 1


def test_the_last_number_is_the_last() -> None:
    bench = Bench([START_END - 1] * VOICES)
    bench.place(0, 0)
    last = bench.forward(0, COUNTER_END - 1, 1, 99)
    packet = PacketOut(last, frozenset())
    assert bench.tables[0].send(packet, bench.kept).sent == 1
    for counter in (COUNTER_END, COUNTER_END + 1):
        packet = PacketOut(bench.forward(0, counter, 1, 99), frozenset())
        assert bench.tables[0].send(packet, bench.kept) == (0, 0, 1, 0)
    assert COUNTER_END - 1 + START_END - 1 + LATE_MAX_PACKETS == (1 << 48) - 2


def test_who_came_while_a_packet_waited_gets_it_only_if_nobody_says_otherwise_never() -> None:
    bench = Bench([0] * VOICES)
    bench.place(0, 0)
    forward = bench.forward(0, 1, 1, 99)
    bench.place(1, 0)
    # Nobody said that the second one is absent: nothing goes out under a number that may not be his.
    assert bench.send(forward) == 0
    packet = PacketOut(bench.forward(0, 2, 1, 99), frozenset())
    bench.place(2, 0)
    packet.absent.add(MemberId(2))
    assert bench.tables[0].send(packet, bench.kept).sent == 2


def test_a_speaker_who_came_while_his_own_packet_waited_keeps_his_numbers() -> None:
    bench = Bench([0] * VOICES)
    bench.place(0, 0)
    packet = PacketOut(bench.forward(0, 1, 1, 1), frozenset({MemberId(1)}))
    bench.place(1, 0)
    packet.absent.add(MemberId(1))
    before = list(bench.members[1].listener.downlink.bases)
    assert bench.tables[0].send(packet, bench.kept).sent == 1
    assert bench.members[1].listener.downlink.bases == before
    assert bench.send(bench.forward(0, 2, 1, 0)) == 1


@pytest.mark.parametrize("table", [GcmRows(), SessionRows()])
def test_places_are_limited_and_for_the_right_keys(table: GcmRows | SessionRows) -> None:
    slots = [Slot(index) for index in range(3)]

    def listener(voice_id: int) -> Listener:
        master = draw_master()
        keys = SessionKeys.derive(master)
        session = open_session(master, Policy.SSRC_ANY_OUTBOUND)
        right, wrong = (keys, session) if isinstance(table, GcmRows) else (session, keys)
        with pytest.raises(ValueError, match="no place"):
            table.add(Listener(MemberId(voice_id), Downlink(slots, SSRCS, (0,) * 3), wrong, ("192.0.2.1", 5)))
        return Listener(MemberId(voice_id), Downlink(slots, SSRCS, (0,) * 3), right, ("192.0.2.1", 5))

    crowd = [listener(voice_id) for voice_id in range(ROWS)]
    for one in crowd:
        table.add(one)
    assert table.is_full
    with pytest.raises(ValueError, match="no place"):
        table.add(listener(ROWS))
    for one in crowd:
        table.remove(one)
    assert len(table) == 0


def test_an_address_that_is_none_changes_nothing() -> None:
    bench = Bench([0] * VOICES)
    bench.members[0].listener.address = ("nowhere", 5)
    with pytest.raises(OSError, match="illegal"):
        bench.place(0, 0)
    assert len(bench.tables[0]) == 0
    bench.place(1, 0)
    with pytest.raises(OSError, match="illegal"):
        bench.tables[0].move(bench.members[1].listener, ("nowhere", 5))
    assert bench.send(bench.forward(0, 1, 1, 99)) == 1
