from ipaddress import ip_network
from typing import Any

import pytest

from rooms.ids import RoomSlug
from server.config import (
    ClusterConfig,
    Config,
    LimitsConfig,
    MediaConfig,
    MetricsConfig,
    RoomConfig,
    ServerConfig,
    StoreConfig,
    read_networks,
)
from server.schedule.setting import SeriesConfig


def test_the_defaults_serve_one_open_room_on_this_machine() -> None:
    config = Config()
    assert (config.server.host, config.server.port) == ("127.0.0.1", 8080)
    assert [room.slug for room in config.rooms] == ["talk"]
    assert config.rooms[0].about


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("port", -1),
        ("port", 70_000),
        ("host", " "),
        ("data_dir", ""),
        ("place_name", "x" * 41),
        ("place_name", "line\nbreak"),
        ("origins", ("https://Meet.example",)),
        ("origins", ("https://meet.example/",)),
        ("origins", ("meet.example",)),
        ("origins", ("https://meet.example.",)),
        ("origins", ("null",)),
        ("origins", ("*",)),
        ("trusted_proxies", ("10.0.0.1/8",)),
        ("exit_url", "javascript:alert(1)"),
        ("exit_url", "/lobby"),
    ],
)
def test_a_wrong_server_setting_is_refused_by_name(key: str, value: object) -> None:
    settings: dict[str, Any] = {key: value}
    with pytest.raises(ValueError, match=rf"^{key}"):
        ServerConfig(**settings)


@pytest.mark.parametrize(
    "origin",
    ["https://meet.example", "http://localhost:8080", "http://[::1]:8080", "https://xn--e1afmkfd.example"],
)
def test_origins_are_written_as_browsers_write_them(origin: str) -> None:
    assert ServerConfig(origins=(origin,)).origins == (origin,)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("udp_port", 65_536),
        ("udp_host4", "::1"),
        ("udp_host6", "127.0.0.1"),
        ("udp_host4", "localhost"),
        ("public_addresses", ("meet.example",)),
        ("ptime_ms", 30),
        ("max_bitrate_bps", 5_999),
        ("max_bitrate_bps", 64_001),
        ("sending_threads", -1),
        ("sending_threads", 5),
    ],
)
def test_a_wrong_media_setting_is_refused_by_name(key: str, value: object) -> None:
    settings: dict[str, Any] = {key: value}
    with pytest.raises(ValueError, match=rf"^{key}"):
        MediaConfig(**settings)


def test_sound_needs_one_family() -> None:
    with pytest.raises(ValueError, match="both empty"):
        MediaConfig(udp_host4="", udp_host6="")


def test_the_media_plane_gets_what_was_set() -> None:
    settings = MediaConfig(
        udp_host4="127.0.0.1",
        udp_host6="",
        udp_port=5_000,
        public_addresses=("203.0.113.7",),
        ptime_ms=60,
        max_bitrate_bps=24_000,
        sending_threads=2,
    ).settings()
    assert settings.sending_threads == 2
    assert (settings.udp_host4, settings.udp_host6, settings.udp_port) == ("127.0.0.1", "", 5_000)
    assert settings.public_addresses == ("203.0.113.7",)
    assert (settings.ptime_ms, settings.max_bitrate_bps) == (60, 24_000)


@pytest.mark.parametrize("slug", ["", "Talk", "a b", "-a", "a--b", "a" * 65, "ä"])
def test_a_slug_fits_an_address(slug: str) -> None:
    with pytest.raises(ValueError, match=r"^slug"):
        RoomConfig(slug=RoomSlug(slug), title="A room")
    if slug:  # none at all: the room is a group by itself
        with pytest.raises(ValueError, match=r"^group"):
            RoomConfig(slug=RoomSlug("a"), title="A room", group=slug)


def test_a_room_needs_a_title_that_can_be_read() -> None:
    with pytest.raises(ValueError, match=r"^title"):
        RoomConfig(slug=RoomSlug("a"), title="  ")
    with pytest.raises(ValueError, match=r"^about"):
        RoomConfig(slug=RoomSlug("a"), title="A", about="x" * 281)


def test_the_series_of_a_room_have_names_of_their_own() -> None:
    evening = SeriesConfig(every="MO", at="19:00", minutes=60, zone="Europe/Lisbon")
    room = RoomConfig(slug=RoomSlug("hall"), title="Hall", series=(evening, evening))
    assert [one.series.uid for one in room.planned()] == ["hall.1@config", "hall.2@config"]
    longest = RoomConfig(slug=RoomSlug("a" * 64), title="A", series=(evening,) * 100)
    assert len(longest.planned()) == 100


def test_every_room_has_its_own_slug() -> None:
    room = RoomConfig(slug=RoomSlug("a"), title="A")
    with pytest.raises(ValueError, match="'a' is used twice"):
        Config(rooms=(room, room))
    with pytest.raises(ValueError, match="at least one"):
        Config(rooms=())


def test_limits_are_at_least_one() -> None:
    with pytest.raises(ValueError, match=r"^connections_per_address"):
        LimitsConfig(connections_per_address=0)


def test_networks_are_read_and_one_address_is_a_network() -> None:
    assert read_networks("allow", ("10.0.0.0/8", "::1")) == (ip_network("10.0.0.0/8"), ip_network("::1/128"))
    with pytest.raises(ValueError, match=r"^allow: 'here'"):
        MetricsConfig(allow=("here",))
    assert MetricsConfig(allow=("10.0.0.0/8",)).networks == (ip_network("10.0.0.0/8"),)
    assert ServerConfig(trusted_proxies=("10.0.0.1",)).proxy_networks == (ip_network("10.0.0.1/32"),)


@pytest.mark.parametrize(
    "url",
    ["", "postgresql://lamplit@db.example/lamplit", "postgresql://lamplit@/lamplit?host=/run/postgresql"],
)
def test_where_the_store_may_be(url: str) -> None:
    assert StoreConfig(url=url).url == url


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("sqlite:///lamplit.db", "like postgresql://"),
        ("postgresql://", "like postgresql://"),
        ("postgresql://a b", "like postgresql://"),
        ("postgresql://lamplit:secret@db.example/lamplit", "no password"),
        ("postgresql://lamplit:@db.example/lamplit", "no password"),
        ("postgresql://db.example/lamplit?user=lamplit&password=secret", "no password"),
    ],
)
def test_a_store_of_another_kind_or_with_a_password_is_refused(url: str, why: str) -> None:
    with pytest.raises(ValueError, match=f"^url .*{why}") as error:
        StoreConfig(url=url)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    "url",
    [
        "redis://10.0.0.5",
        "redis://[::1]:6379/2",
        "rediss://redis.example:6380",
        "unix:///run/redis/redis.sock",
        "redis+sentinel://a:26379,b:26379,c/lamplit",
        "rediss+cluster://a:6379,b:6379",
    ],
)
def test_where_redis_may_be(url: str) -> None:
    assert ClusterConfig(redis_url=url, key_file="k").is_on
    assert not ClusterConfig().is_on


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("redis_url", "redis://"),
        ("redis_url", "http://a"),
        ("redis_url", "redis://:secret@a"),
        ("redis_url", "redis+sentinel://a:26379"),
        ("redis_url", "unix://run"),
        ("redis_user", "a\nb"),
        ("redis_password_file", "\x00"),
        ("node_name", "N1"),
        ("node_name", "-"),
        ("node_name", "n" * 41),
        ("public_url", "https://n1.meet.example/"),
        ("room_max_members_per_node", 0),
    ],
)
def test_a_wrong_cluster_setting_is_refused_by_name(key: str, value: object) -> None:
    settings: dict[str, Any] = {"redis_url": "redis://a", "key_file": "k", key: value}
    with pytest.raises(ValueError, match=rf"^{key}") as error:
        ClusterConfig(**settings)
    assert "secret" not in str(error.value)


def test_several_nodes_need_a_key() -> None:
    with pytest.raises(ValueError, match=r"^key_file"):
        ClusterConfig(redis_url="redis://a")
