from pathlib import Path

from rooms.voice.drops import DropReason
from server.app import make_node
from server.http.origins import Origins
from signaling.faults import FaultCode
from tests.server.nodes import node_config, open_stored_rooms


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


async def test_every_number_of_the_gateway_is_shown(tmp_path: Path) -> None:
    node = make_node(node_config(tmp_path), Origins([]))
    shown = {"connections", "seated", "slow_readers_cut", "turned_away", "bugs"}
    assert {key for key in node.gateway.counts() if not key.startswith("fault_")} == shown
