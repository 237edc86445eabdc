"""Nodes and a Redis that is encrypted, and one where they log in with the account of deploy/."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from rooms.commands import JoinRoom, PostChat
from rooms.ids import MeetingId, MemberId, RoomSlug
from rooms.voice.packet import AudioPacket
from server.bus.link import RedisLink
from server.config import ClusterConfig
from server.ports import NodeState, SentVoice
from server.room_service import Done, RoomPlan
from tests.integration.certificates import Authority
from tests.integration.redis_server import free_port, running_redis
from tests.server.bus.clustered import PATIENT_S, cluster_config, clustered_node, until

TALK: Final = RoomSlug("talk")
MAYA: Final = MemberId(5)
PLAN: Final = RoomPlan(TALK, "Talk", "", MeetingId("m"))
VOICE: Final = SentVoice(MAYA, 1, AudioPacket(111, False, 1, 960, 7, 20, True, b"sound"))  # noqa: FBT003
MAKES_ACCOUNTS: Final = Path(__file__).resolve().parents[2] / "deploy" / "make_secrets.sh"


def encrypted(authority: Authority, port: int, host: str = "127.0.0.1") -> Sequence[str]:
    """Return the settings of a server that also listens encrypted."""
    issued = authority.issue(host)
    return (
        *("--tls-port", str(port), "--tls-cert-file", str(issued.certificate)),
        *("--tls-key-file", str(issued.key), "--tls-ca-cert-file", str(authority.path)),
        *("--tls-auth-clients", "no"),
    )


def account(password: str) -> list[str]:
    """Return the nodes' account as deploy/ makes it, with another password."""
    found = re.search(
        r"^user lamplit on .*\) (resetkeys .+)$", MAKES_ACCOUNTS.read_text("utf-8"), re.MULTILINE
    )
    assert found
    return ["lamplit", "on", f">{password}", *found[1].split()]


async def meet(config: ClusterConfig) -> None:
    """Do all that nodes do: write in a room, hear of it, carry sound, know of each other."""
    async with (
        clustered_node(config, "n-1") as one,
        clustered_node(config, "n-2") as two,
    ):
        heard: list[SentVoice] = []
        two.parts.voices.follow(TALK, lambda _, voice: heard.append(voice))
        await one.rooms.open_rooms([PLAN])
        await two.rooms.open_rooms([PLAN])
        await until(lambda: one.parts.is_whole and two.parts.is_whole)
        assert isinstance(await one.rooms.carry_out(TALK, JoinRoom(member_id=MAYA, name="Maya")), Done)
        await until(lambda: one.rooms.record(TALK) == two.rooms.record(TALK))
        line = PostChat(by=MAYA, n=1, text="hello")
        assert isinstance(await two.rooms.carry_out(TALK, line, MAYA, 1), Done)
        await until(lambda: one.rooms.record(TALK) == two.rooms.record(TALK))

        def is_heard() -> bool:
            one.parts.voices.publish(TALK, VOICE)
            return bool(heard)

        await until(is_heard)
        state = NodeState(name="n-1", epoch=await one.parts.directory.claim("n-1"))
        await one.parts.directory.announce(state)
        assert await two.parts.directory.nodes() == (state,)
        await two.parts.directory.ask_drain("n-1", 1_000)
        assert (await one.parts.directory.announce(state)).drain_within_ms == 1_000
        await one.parts.directory.withdraw(state)
        assert await two.parts.directory.nodes() == ()
        assert not one.parts.counts.refused + two.parts.counts.refused
        assert not one.parts.counts.outages + two.parts.counts.outages


async def is_there(url: str, **settings: object) -> bool:
    link = RedisLink(cluster_config(url, **settings), PATIENT_S)
    try:
        return await link.look()
    finally:
        await link.close()


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "is_cluster", [False, pytest.param(True, marks=pytest.mark.long)], ids=["single", "cluster"]
)
async def test_nodes_meet_over_tls(tmp_path: Path, is_cluster: bool) -> None:  # noqa: FBT001
    authority, port = Authority(tmp_path), free_port()
    # without tls-cluster a server names its other port to those who ask where slots are
    settings = (*encrypted(authority, port), "--tls-cluster", "yes" if is_cluster else "no")
    async with running_redis(*settings, is_cluster=is_cluster):
        scheme = "rediss+cluster" if is_cluster else "rediss"
        await meet(cluster_config(f"{scheme}://127.0.0.1:{port}", redis_ca_file=str(authority.path)))


async def test_a_server_that_nobody_vouches_for_is_not_spoken_to(tmp_path: Path) -> None:
    authority, other = Authority(tmp_path), Authority(tmp_path, "other")
    named, misnamed = free_port(), free_port()
    async with (
        running_redis(*encrypted(authority, named)),
        running_redis(*encrypted(authority, misnamed, "redis.example")),
    ):
        trusted = str(authority.path)
        assert await is_there(f"rediss://127.0.0.1:{named}", redis_ca_file=trusted)
        assert not await is_there(f"rediss://127.0.0.1:{misnamed}", redis_ca_file=trusted)
        assert not await is_there(f"rediss://127.0.0.1:{named}", redis_ca_file=str(other.path))
        assert not await is_there(f"rediss://127.0.0.1:{named}")
        assert not await is_there(f"redis://127.0.0.1:{named}")


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "is_cluster", [False, pytest.param(True, marks=pytest.mark.long)], ids=["single", "cluster"]
)
async def test_the_account_that_we_deploy_is_enough(tmp_path: Path, is_cluster: bool) -> None:  # noqa: FBT001
    file = tmp_path / "password"
    file.write_text("s3cret\n")
    scheme = "redis+cluster" if is_cluster else "redis"
    async with running_redis(is_cluster=is_cluster) as redis:
        assert await redis.command("ACL", "SETUSER", *account("s3cret")) == b"+OK\r\n"
        await redis.command("ACL", "SETUSER", "default", "off")
        url = f"{scheme}://127.0.0.1:{redis.port}"
        assert not await is_there(url)
        await meet(cluster_config(url, redis_user="lamplit", redis_password_file=str(file)))
