"""The series of a node's /metrics: which plain number becomes which name."""

from collections.abc import Mapping

from rooms.voice.drops import DropReason
from server.gateway.gateway import Gateway
from server.host_needed import HostNeeded
from server.http.refusals import REFUSED_STATUSES
from server.load_gauge import travel
from server.loop_lag import LoopLag
from server.media.plane import MediaPlane
from server.metrics import Series
from server.ports import NodePhase
from server.presence import Presence
from server.room_service import RoomService
from server.seats import Seats
from signaling.faults import FaultCode

_MS_PER_S = 1_000


def node_series(
    rooms: RoomService,
    seats: Seats,
    host_needed: HostNeeded,
    media: MediaPlane,
    gateway: Gateway,
    lag: LoopLag,
) -> tuple[Series, ...]:
    """Return every series of a node, in the order in which they are shown.

    What is about people counts whose connection leads here, so that the sum over all nodes is the place's.
    What is about rooms, but for `rooms_held`, counts all of the place: every node says the same.
    """
    return (
        *_room_series(rooms, seats, host_needed),
        *_gateway_series(gateway),
        *_media_series(media),
        *_quality_series(media, lag),
    )


def http_series(refused: Mapping[str, int]) -> tuple[Series, ...]:
    """Return what a node shows of its HTTP; `refused` counts by status."""
    return (
        Series(
            name="http_refused",
            kind="counter",
            text="Requests that were not answered with what they asked for.",
            read=lambda: {status: refused.get(status, 0) for status in REFUSED_STATUSES},
            label="status",
        ),
    )


def place_series(presence: Presence, seats: Seats) -> tuple[Series, ...]:
    """Return what a node shows of itself among the others; alone it serves, and sees nobody."""
    return (
        Series(
            name="node_draining",
            kind="gauge",
            text="Whether the node sends its members elsewhere and takes nobody: 1 or 0.",
            read=lambda: int(presence.phase is NodePhase.DRAINING),
        ),
        Series(
            name="node_seen",
            kind="gauge",
            text="Other nodes of the place, as last heard of.",
            read=lambda: len(seats.others),
        ),
    )


def _quality_series(media: MediaPlane, lag: LoopLag) -> tuple[Series, ...]:
    return (
        Series(
            name="loop_lag_seconds",
            kind="gauge",
            text="How late the loop was at worst in the last ten seconds.",
            read=lambda: lag.worst_ms / _MS_PER_S,
        ),
        Series(
            name="media_loss_ratio",
            kind="gauge",
            text="Share of packets that browsers miss, on the average of all.",
            read=lambda: travel(media.qualities())[0],
        ),
        Series(
            name="media_round_trip_seconds",
            kind="gauge",
            text="Time to browsers and back, on the average of all.",
            read=lambda: travel(media.qualities())[1] / _MS_PER_S,
        ),
    )


def _room_series(rooms: RoomService, seats: Seats, host_needed: HostNeeded) -> tuple[Series, ...]:
    def members_here() -> list[int]:
        held = ((rooms.open_room(slug), ids) for slug, ids in seats.own().items())
        return [len(room.members.keys() & ids.keys()) for room, ids in held if room is not None]

    return (
        Series(
            name="rooms_open",
            kind="gauge",
            text="Rooms with an open meeting, wherever their members are.",
            read=lambda: sum(rooms.open_room(slug) is not None for slug in rooms.slugs()),
        ),
        Series(
            name="rooms_held",
            kind="gauge",
            text="Rooms with members whose connection leads to this node.",
            read=lambda: sum(map(bool, members_here())),
        ),
        Series(
            name="members",
            kind="gauge",
            text="Members of all meetings whose connection leads to this node.",
            read=lambda: sum(members_here()),
        ),
        Series(
            name="host_needed",
            kind="counter",
            text="Times that a room, wherever its members are, had nobody to lead it; the log has its slug.",
            read=lambda: host_needed.count,
        ),
    )


def _gateway_series(gateway: Gateway) -> tuple[Series, ...]:
    def count(key: str) -> int:
        return gateway.counts().get(key, 0)

    def faults() -> Mapping[str, int]:
        counts = gateway.counts()
        return {code.value: counts.get(f"fault_{code.value}", 0) for code in FaultCode}

    return (
        Series(name="connections", kind="gauge", text="WebSockets open.", read=lambda: count("connections")),
        Series(
            name="connections_seated",
            kind="gauge",
            text="WebSockets that speak for a member.",
            read=lambda: count("seated"),
        ),
        Series(
            name="slow_readers_cut",
            kind="counter",
            text="Connections cut because they did not read.",
            read=lambda: count("slow_readers_cut"),
        ),
        Series(
            name="connections_turned_away",
            kind="counter",
            text="WebSockets told that there are too many.",
            read=lambda: count("turned_away"),
        ),
        Series(
            name="connection_bugs",
            kind="counter",
            text="Connections that ended by a mistake of ours; the log has the place.",
            read=lambda: count("bugs"),
        ),
        Series(
            name="faults",
            kind="counter",
            text="What browsers did against the protocol.",
            read=faults,
            label="code",
        ),
        Series(
            name="refusals",
            kind="counter",
            text="Messages that were answered with no.",
            read=gateway.refusals,
            label="code",
        ),
    )


def _media_series(media: MediaPlane) -> tuple[Series, ...]:
    counts = media.counts()

    def drops() -> Mapping[str, int]:
        return {reason.value: counts.drops[reason] for reason in DropReason}

    def closed() -> Mapping[str, int]:
        return {reason.value: number for reason, number in counts.closed.items()}

    plain = (
        ("media_datagrams_in", "UDP datagrams received.", lambda: counts.datagrams_in),
        ("media_packets_in", "Authentic packets of voices received.", lambda: counts.packets_in),
        ("media_packets_out", "Copies of packets sent to listeners.", lambda: counts.packets_out),
        ("media_packets_shared", "Packets sent to other nodes.", lambda: counts.packets_shared),
        (
            "media_packets_from_nodes",
            "Packets that came from other nodes.",
            lambda: counts.packets_from_nodes,
        ),
        ("media_reports_in", "RTCP compounds received.", lambda: counts.reports_in),
        ("media_reports_out", "RTCP compounds sent.", lambda: counts.reports_out),
        ("media_joins", "Media transports that got their keys.", lambda: counts.joins),
        (
            "media_join_seconds",
            "Time from offer to keys, summed over all joins.",
            lambda: counts.join_ms_total / _MS_PER_S,
        ),
        ("media_handshake_failures", "Media handshakes that failed.", lambda: counts.handshake_failures),
    )
    return (
        Series(name="media_peers", kind="gauge", text="Media transports open.", read=lambda: counts.peers),
        *(Series(name=name, kind="counter", text=text, read=read) for name, text, read in plain),
        Series(
            name="media_peers_closed",
            kind="counter",
            text="Media transports that ended by themselves.",
            read=closed,
            label="reason",
        ),
        Series(
            name="media_drops",
            kind="counter",
            text="Datagrams and packets that went no further.",
            read=drops,
            label="reason",
        ),
    )
