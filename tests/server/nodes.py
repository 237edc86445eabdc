"""A node for tests: loopback only, ports that the kernel chooses, data in a folder of the test."""

from pathlib import Path

import msgspec

from server.app import Node, open_rooms, plan_rooms
from server.config import Config, MediaConfig, ServerConfig
from server.store.sql_store import open_store


def node_config(folder: Path, **server: object) -> Config:
    """Return a configuration for one test; `server` sets keys of its section."""
    settings = {"host": "127.0.0.1", "port": 0, "data_dir": str(folder / "data"), **server}
    return Config(
        server=msgspec.convert(settings, ServerConfig),
        media=MediaConfig(udp_host4="127.0.0.1", udp_host6="", udp_port=0),
    )


async def open_stored_rooms(node: Node) -> None:
    """Open the rooms of the node's configuration and of its store."""
    async with open_store("", node.config.server.data_path) as store:
        plans = await plan_rooms(node.config, store)
    await open_rooms(node, plans)
