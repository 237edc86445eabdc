from pathlib import Path

import pytest
from msgspec.structs import replace

from rooms.ids import RoomSlug
from server.config import ClusterConfig, Config
from server.config_sources import ConfigError
from server.place_keys import open_cluster_key, open_devices, open_office, open_seal
from tests.server.nodes import node_config

TALK = RoomSlug("talk")


def clustered(folder: Path, secret: bytes = bytes(range(48))) -> Config:
    folder.mkdir(exist_ok=True)
    file = folder / "cluster.key"
    file.write_bytes(secret)
    file.chmod(0o600)
    return replace(node_config(folder), cluster=ClusterConfig(redis_url="redis://a", key_file=str(file)))


def test_nodes_of_one_cluster_know_each_others_tickets_and_browsers(tmp_path: Path) -> None:
    one, two = clustered(tmp_path / "1"), clustered(tmp_path / "2")
    ticket = open_office(one).issue_invite(TALK, 1, 0)
    assert open_office(two).read_invite(ticket, 0) is not None
    assert open_devices(one).key_of("talk", "t") == open_devices(two).key_of("talk", "t")
    stranger = clustered(tmp_path / "3", bytes(range(1, 49)))
    assert open_office(stranger).read_invite(ticket, 0) is None
    assert open_devices(stranger).key_of("talk", "t") != open_devices(one).key_of("talk", "t")
    assert not (tmp_path / "1" / "data").exists()


def test_a_node_alone_keeps_its_keys_in_its_folder(tmp_path: Path) -> None:
    config = node_config(tmp_path)
    open_office(config)
    open_devices(config)
    open_seal(config)
    assert {file.suffix for file in config.server.data_path.iterdir()} == {".key"}
    assert len(tuple(config.server.data_path.iterdir())) == 3


def test_a_key_that_is_none_is_said_with_its_setting(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^cluster\.key_file: .* 32 random bytes"):
        open_seal(clustered(tmp_path, b"short"))
    config = clustered(tmp_path)
    Path(config.cluster.key_file).unlink()
    with pytest.raises(ConfigError, match=r"^cluster\.key_file: .*cannot be read"):
        open_cluster_key(config)
