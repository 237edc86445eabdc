from pathlib import Path

from rooms.commands import JoinRoom
from rooms.ids import MemberId, RoomSlug
from rooms.roles import Role
from rooms.voice.drops import DropReason
from server.app import make_node
from server.http.origins import Origins
from server.ports import NodePhase, NodeState
from signaling.faults import FaultCode
from tests.server.nodes import node_config, open_stored_rooms

TALK = RoomSlug("talk")


async def test_every_count_has_a_name_and_no_room_or_member_is_named(tmp_path: Path) -> None:
    node = make_node(node_config(tmp_path), Origins([]))
    await open_stored_rooms(node)
    node.media.counts().drops.add(DropReason.STRANGER, 7)
    node.media.counts().join_ms_total = 1_500
    text = node.metrics.write().decode()
    assert "lamplit_rooms_open 1.0" in text
    assert "lamplit_members 0.0" in text
    assert "lamplit_host_needed_total 0.0" in text
    assert "lamplit_connections 0.0" in text
    assert 'lamplit_media_drops_total{reason="stranger"} 7.0' in text
    assert "lamplit_media_join_seconds_total 1.5" in text
    assert text.count("lamplit_media_drops_total{") == len(DropReason)
    assert text.count("lamplit_faults_total{") == len(FaultCode)
    assert "talk" not in text


async def test_members_are_those_whose_connection_leads_here(tmp_path: Path) -> None:
    node = make_node(node_config(tmp_path), Origins([]))
    await open_stored_rooms(node)
    for number in (1, 2):
        join = JoinRoom(member_id=MemberId(number), name=f"Member {number}", role=Role.MEMBER)
        await node.rooms.carry_out(TALK, join)
    assert "lamplit_members 0.0" in node.metrics.write().decode()  # both are held by another node
    node.seats.take(TALK, MemberId(1))
    node.seats.take(TALK, MemberId(3))  # a guest at the door
    other = NodeState(name="n2", epoch=1, rooms={TALK: {MemberId(2): 1}})
    node.seats.see((other,))
    text = node.metrics.write().decode()
    for line in ("members 1.0", "rooms_held 1.0", "rooms_open 1.0", "node_seen 1.0", "node_draining 0.0"):
        assert f"lamplit_{line}" in text
    node.presence.say(NodePhase.DRAINING)
    assert "lamplit_node_draining 1.0" in node.metrics.write().decode()


async def test_counters_of_the_bus_are_read_where_they_are(tmp_path: Path) -> None:
    node = make_node(node_config(tmp_path), Origins([]))
    counts, voice = node.backbone.counts, node.backbone.voice_counts
    counts.outages, counts.refused, counts.resubscribes, counts.epochs = 1, 2, 3, 4
    counts.uncopied, counts.set_aside = 8, 9
    voice.late_out, voice.late_in, voice.bad = 5, 6, 7
    text = node.metrics.write().decode()
    for line in (
        "outages_total 1.0",
        "refused_total 2.0",
        "resubscribes_total 3.0",
        "epochs_total 4.0",
        "uncopied_total 8.0",
        "set_aside_total 9.0",
        'voice_late_total{way="out"} 5.0',
        'voice_late_total{way="in"} 6.0',
        "voice_bad_total 7.0",
        "up 1.0",
    ):
        assert f"lamplit_bus_{line}\n" in text


async def test_every_number_of_the_gateway_is_shown(tmp_path: Path) -> None:
    node = make_node(node_config(tmp_path), Origins([]))
    shown = {"connections", "seated", "slow_readers_cut", "turned_away", "bugs"}
    assert {key for key in node.gateway.counts() if not key.startswith("fault_")} == shown
