"""The result of a swarm as one object."""

import math
from collections.abc import Iterable, Sequence

import msgspec

from tests.bots.bot import Bot
from tests.bots.hearing import Hearing


class Quantiles(msgspec.Struct, frozen=True, kw_only=True):
    """Of a number of measurements, in ms; None where there are none."""

    p50: float | None
    p95: float | None
    p99: float | None
    max: float | None
    count: int


class VoiceReport(msgspec.Struct, frozen=True, kw_only=True):
    """One voice over all who should hear it."""

    voice_id: int
    sent: int
    received: int
    lost: int
    onset_lost: int
    """Of those lost, how many at a listener came before the first that was heard."""
    gap_max_ms: float


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a swarm measured. Times are in ms.

    Attributes:
        asked, joined: bots.
        packets_sent: by all speakers.
        packets_expected: what all bots together should have got, 0 where it cannot be known
            (more voices than slots, or sampling).
        packets_received: by all bots in all slots.
        lost: expected and never heard; where that cannot be known, holes in the slots' sequences.
        lost_in_slots: holes in the slots' sequences.
        gap_max_ms: the longest time at any bot between two packets of a voice.
        delay_*: from a speaker's send to the kernel's receive stamp, of the bots that probe.
        join_ms: from opening the socket to the keys. first_packet_ms: from there to the first packet.
        late_max_ms, skipped: the load's own lateness; packets that it never sent for it.
        own_cpu_us: CPU time of this process while speaking, per packet received: everything in it.
        chat_lost: lines accepted by the server that a bot did not get, over all bots.
        cut: bots that lost a connection or the sound.
        chat_orders: how many different orders bots read the lines in: 1 is right (0 without chat).
    """

    asked: int
    joined: int
    seconds: float
    packets_sent: int
    packets_expected: int
    packets_received: int
    lost: int
    lost_in_slots: int
    duplicates: int
    out_of_order: int
    gap_max_ms: float
    delay_p50_ms: float | None
    delay_p99_ms: float | None
    delay_max_ms: float | None
    join_ms: Quantiles
    first_packet_ms: Quantiles
    late_max_ms: float
    skipped: int
    own_cpu_us: float
    wrong_csrc: int
    unreadable: int
    stray: int
    reports_received: int
    chat_sent: int
    chat_received: int
    chat_lost: int
    chat_duplicates: int
    chat_out_of_order: int
    chat_orders: int
    chat_delay_ms: Quantiles
    holes: int
    cut: int
    refused: dict[str, int]
    errors: dict[str, int]
    voices: tuple[VoiceReport, ...]


class Spoken(msgspec.Struct, frozen=True):
    """How long the speakers spoke, and what this process used of a core meanwhile."""

    seconds: float = 0.0
    cpu_s: float = 0.0


def write_report(
    *,
    asked: int,
    speakers: Sequence[Bot],
    listeners: Sequence[Bot],
    chat_sent: int,
    errors: dict[str, int],
    spoken: Spoken,
) -> Report:
    """Count everything."""
    bots = [*speakers, *listeners]
    ears = [bot.media.hearing for bot in bots if bot.media is not None and bot.media.hearing is not None]
    slots = [slot for hearing in ears for slot in hearing.slots.values()]
    heard = [heard for hearing in ears for heard in hearing.voices.values()]
    voices = tuple(_voice(speaker, bots) for speaker in speakers if _sent(speaker))
    lost_in_slots = sum(slot.lost for slot in slots)
    is_countable = all(hearing.sample == 1 and len(voices) <= len(hearing.slots) for hearing in ears)
    delays = quantiles(ns for one in heard for ns in one.delays_ns)
    speech = [bot.media.speech for bot in speakers if bot.media is not None]
    return Report(
        asked=asked,
        joined=len(bots),
        seconds=round(spoken.seconds, 3),
        packets_sent=sum(voice.sent for voice in voices),
        packets_expected=sum(voice.received + voice.lost for voice in voices) if is_countable else 0,
        packets_received=sum(hearing.packets for hearing in ears),
        lost=sum(voice.lost for voice in voices) if is_countable else lost_in_slots,
        lost_in_slots=lost_in_slots,
        duplicates=sum(slot.duplicates for slot in slots) + sum(one.duplicates for one in heard),
        out_of_order=sum(slot.late for slot in slots),
        gap_max_ms=max((voice.gap_max_ms for voice in voices), default=0.0),
        delay_p50_ms=delays.p50,
        delay_p99_ms=delays.p99,
        delay_max_ms=delays.max,
        join_ms=quantiles(bot.join_ms * 1e6 for bot in bots),
        first_packet_ms=quantiles(
            bot.media.first_packet_ns - bot.join_started_ns
            for bot in bots
            if bot.media is not None and bot.media.first_packet_ns
        ),
        late_max_ms=_ms(max((one.late_max_ns for one in speech), default=0)),
        own_cpu_us=round(spoken.cpu_s * 1e6 / max(1, sum(hearing.packets for hearing in ears)), 2),
        skipped=sum(one.skipped for one in speech),
        wrong_csrc=sum(hearing.wrong_csrc for hearing in ears),
        unreadable=sum(hearing.unreadable for hearing in ears),
        stray=sum(hearing.stray for hearing in ears),
        reports_received=sum(
            bot.media.reports.received
            for bot in bots
            if bot.media is not None and bot.media.reports is not None
        ),
        chat_sent=chat_sent,
        chat_received=sum(bot.view.chat.received for bot in bots),
        chat_lost=chat_sent * len(bots) - sum(bot.view.chat.received for bot in bots),
        chat_duplicates=sum(bot.view.chat.duplicates for bot in bots),
        chat_out_of_order=sum(bot.view.chat.out_of_order for bot in bots),
        chat_orders=len({bot.view.chat.order for bot in bots}) if chat_sent else 0,
        chat_delay_ms=quantiles(ns for bot in bots for ns in bot.view.chat.delays_ns),
        cut=sum(bot.is_cut for bot in bots),
        holes=sum(bot.view.holes for bot in bots),
        refused=_refusals(bots),
        errors=errors,
        voices=voices,
    )


def _voice(speaker: Bot, bots: Sequence[Bot]) -> VoiceReport:
    """One voice over all the others."""
    sent = _sent(speaker)
    received = lost = onset_lost = gap_ns = 0
    for bot in bots:
        hearing = _hearing(bot)
        if bot is speaker or hearing is None:
            continue
        heard = hearing.voices.get(speaker.member_id)
        if heard is None:
            lost += sent
            onset_lost += sent
            continue
        received += heard.packets
        lost += sent - heard.packets
        onset_lost += heard.first
        gap_ns = max(gap_ns, heard.gap_max_ns)
    return VoiceReport(
        voice_id=speaker.member_id,
        sent=sent,
        received=received,
        lost=lost,
        onset_lost=onset_lost,
        gap_max_ms=_ms(gap_ns),
    )


def _hearing(bot: Bot) -> Hearing | None:
    return None if bot.media is None else bot.media.hearing


def _sent(bot: Bot) -> int:
    return 0 if bot.media is None else bot.media.speech.sent


def _refusals(bots: Iterable[Bot]) -> dict[str, int]:
    refused: dict[str, int] = {}
    for bot in bots:
        for code, count in bot.refusals.items():
            refused[code.value] = refused.get(code.value, 0) + count
    return refused


def quantiles(times_ns: Iterable[float]) -> Quantiles:
    """Return the quantiles of times in ns."""
    times = sorted(times_ns)
    return Quantiles(
        p50=_quantile(times, 0.5),
        p95=_quantile(times, 0.95),
        p99=_quantile(times, 0.99),
        max=_quantile(times, 1.0),
        count=len(times),
    )


def _quantile(times_ns: Sequence[float], part: float) -> float | None:
    """The smallest time that at least this part of them does not exceed (nearest rank)."""
    if not times_ns:
        return None
    return _ms(times_ns[max(0, math.ceil(part * len(times_ns)) - 1)])


def _ms(time_ns: float) -> float:
    return round(time_ns / 1e6, 3)
