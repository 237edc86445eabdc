"""The command `lamplit`; `lamplit --help` lists what is below it, docs/OPERATING.md says what for.

Whatever goes wrong is one sentence on standard error and exit code 2; what broke inside is exit code 1.
"""

import argparse
import asyncio
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from server.checkup import check_up
from server.cli_account_commands import add_account_commands
from server.cli_flags import add_command, add_key_flags, load
from server.cli_group_commands import (
    Below,
    add_ban_commands,
    add_group_commands,
    add_host_commands,
    add_report_commands,
    add_series_commands,
)
from server.cli_groups import move_room
from server.cli_nodes import ask_drain, list_nodes
from server.cli_operator import add_operator_commands
from server.cli_store import (
    UsageError,
    add_room,
    close_room,
    list_rooms,
    rename_room,
    room_slugs,
    show_audit,
)
from server.clock import SystemClock
from server.config_sources import ConfigError, find_file
from server.config_text import write_config
from server.drain import WITHIN_MS
from server.fair_loop import make_loop
from server.lifecycle import RunningServer, StartError, serve
from server.logs import log_for, set_up_logs
from server.place_keys import open_office
from server.public_url import public_url
from server.version import version

EXIT_FINE: Final = 0
EXIT_BROKE: Final = 1
EXIT_TROUBLE: Final = 2

_HOURS_MAX: Final = 24 * 366.0
_WITHIN_MAX_S: Final = 600.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    chosen = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = chosen.run
    try:
        return run(chosen)
    except (ConfigError, StartError, UsageError) as error:
        print(f"lamplit: {error}", file=sys.stderr)
        return EXIT_TROUBLE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lamplit",
        description="A meeting server for peer support: live audio rooms and chat in a browser.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    serving = add_command(commands, "serve", "run the server until it is told to stop", _serve)
    add_key_flags(serving)
    checking = add_command(
        commands, "check", "try the configuration, the ports and the folders, and say what is wrong", _check
    )
    add_key_flags(checking)
    showing = add_command(commands, "config", "print the configuration in force, as TOML", _config)
    add_key_flags(showing)
    linking = add_command(
        commands, "host-link", "print a link that lets whoever opens it join a room as host", _host_link
    )
    linking.add_argument("room", nargs="?", metavar="ROOM", help="the room's slug (default: the first room)")
    linking.add_argument(
        "--hours", type=float, default=24.0, help="how long the link is good for (default: 24)"
    )
    linking.add_argument("--url", help="the address that browsers use, if it is not the configured one")
    add_key_flags(linking)
    add_operator_commands(commands)
    _add_room_commands(add_command(commands, "room", "make, list, rename, move and close rooms", None))
    add_group_commands(add_command(commands, "group", "name, list, rename and close groups", None))
    hosts = Below(add_command(commands, "host", "make hosts' accounts, and say who serves a group", None))
    add_account_commands(hosts)
    add_host_commands(hosts)
    add_series_commands(add_command(commands, "series", "say when rooms have meetings", None))
    add_ban_commands(add_command(commands, "ban", "list and lift bans", None))
    add_report_commands(add_command(commands, "report", "list and close reports", None))
    auditing = add_command(
        commands, "audit", "print who kept order in a room, in numbers, never in names", _audit
    )
    auditing.add_argument("room", metavar="ROOM", help="the room's slug")
    auditing.add_argument(
        "--verify", action="store_true", help="print only whether anybody has changed what was written"
    )
    add_key_flags(auditing)
    _add_node_commands(commands)
    add_command(commands, "version", "print the version", _version)
    return parser


def _add_node_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    listing = add_command(commands, "nodes", "print the nodes of the cluster, in numbers", _nodes)
    draining = add_command(commands, "drain", "empty a node: its members go to other nodes unheard", _drain)
    draining.add_argument("node", metavar="NODE", help="its name, as `lamplit nodes` prints it")
    draining.add_argument(
        "--within", type=float, default=WITHIN_MS / 1_000, metavar="S", help="seconds it has (default: 20)"
    )
    for command in (listing, draining):
        add_key_flags(command)


def _nodes(chosen: argparse.Namespace) -> int:
    set_up_logs("error", "text")
    sys.stdout.write(asyncio.run(list_nodes(load(chosen))))
    return EXIT_FINE


def _drain(chosen: argparse.Namespace) -> int:
    if not 0 < chosen.within <= _WITHIN_MAX_S:
        raise UsageError(f"--within must be more than 0 and at most {_WITHIN_MAX_S:.0f}")
    set_up_logs("error", "text")
    sys.stdout.write(asyncio.run(ask_drain(load(chosen), chosen.node, chosen.within)))
    return EXIT_FINE


def _add_room_commands(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    adding = add_command(commands, "add", "make a room, or open a closed one again", _add_room)
    adding.add_argument("room", metavar="ROOM", help="its slug: lower-case letters, digits, single hyphens")
    adding.add_argument("--title", required=True, help="what people call it")
    adding.add_argument("--about", default="", help="a sentence or two for somebody who was never there")
    listing = add_command(commands, "list", "print every room", _list_rooms)
    renaming = add_command(commands, "rename", "give a room another title; its address stays", _rename_room)
    renaming.add_argument("room", metavar="ROOM", help="the room's slug")
    renaming.add_argument("title", metavar="TITLE", help="what people will call it")
    moving = add_command(commands, "move", "give a room to a group, or make it one by itself", _move_room)
    moving.add_argument("room", metavar="ROOM", help="the room's slug")
    moving.add_argument("group", nargs="?", metavar="GROUP", help="the group's slug (default: none)")
    closing = add_command(commands, "close", "close a room; how it was set is kept", _close_room)
    closing.add_argument("room", metavar="ROOM", help="the room's slug")
    for command in (adding, listing, renaming, moving, closing):
        add_key_flags(command)


def _serve(chosen: argparse.Namespace) -> int:
    config = load(chosen)
    set_up_logs(config.logs.level, config.logs.format)
    try:
        with asyncio.Runner(loop_factory=make_loop) as runner:
            runner.run(serve(config, lambda server: _announce(server, chosen)))
    except ExceptionGroup as broken:
        log_for("lifecycle").error("node_broke", exc_info=broken)
        return EXIT_BROKE
    return EXIT_FINE


def _announce(server: RunningServer, chosen: argparse.Namespace) -> None:
    """Say where to go; on a terminal also how to become host."""
    print(f"Lamplit is on. Open {server.url} in a browser.")
    if server.is_tls:
        for url in server.network_urls:
            print(f"From a phone on the same network: {url}")
        print(
            "The browser will warn that it does not know the certificate, which was made on this machine. "
            "Go on anyway."
        )
    if sys.stdout.isatty():
        print(
            f"To be a host in a room, open the link that this prints:\n  {_host_link_command(server, chosen)}"
        )
        print("Ctrl+C stops the server.")
    sys.stdout.flush()


def _host_link_command(server: RunningServer, chosen: argparse.Namespace) -> str:
    """Return a command line that finds the same rooms, key and address as this server."""
    called = sys.argv[0]
    words = (
        [called, "host-link"] if Path(called).name == "lamplit" else ["python", "-m", "server", "host-link"]
    )
    if chosen.config:
        words += ["--config", str(chosen.config)]
    if chosen.data_dir:
        words += ["--data-dir", chosen.data_dir]
    return shlex.join([*words, "--url", server.url])


def _check(chosen: argparse.Namespace) -> int:
    file = find_file(chosen.config, os.environ, Path.cwd())
    config = load(chosen)
    print(f"configuration: {file or 'defaults; no file'}")
    troubles = 0
    for finding in check_up(config):
        print(f"{'ok     ' if finding.is_fine else finding.weight.ljust(7)} {finding.text}")
        troubles += finding.weight == "trouble"
    return EXIT_TROUBLE if troubles else EXIT_FINE


def _config(chosen: argparse.Namespace) -> int:
    print(write_config(load(chosen)), end="")
    return EXIT_FINE


def _host_link(chosen: argparse.Namespace) -> int:
    config = load(chosen)
    slugs = room_slugs(config)
    room = chosen.room or slugs[0]
    if room not in slugs:
        raise UsageError(f"there is no room {room!r}; the rooms are: {', '.join(slugs)}")
    if not 0 < chosen.hours <= _HOURS_MAX:
        raise UsageError(f"--hours must be more than 0 and at most {_HOURS_MAX:.0f}")
    try:
        office = open_office(config)
    except OSError as error:
        raise UsageError(
            f"the data directory {config.server.data_path} cannot be used: {error.strerror}"
        ) from None
    except ValueError as error:
        raise UsageError(f"the key in {config.server.data_path} is damaged: {error}") from None
    invite = office.issue_invite(room, chosen.hours, SystemClock().wall_ms())
    print(f"{public_url(chosen.url, config)}/m/{room}#host={invite}")
    return EXIT_FINE


def _add_room(chosen: argparse.Namespace) -> int:
    add_room(load(chosen), chosen.room, chosen.title, chosen.about)
    return EXIT_FINE


def _list_rooms(chosen: argparse.Namespace) -> int:
    list_rooms(load(chosen))
    return EXIT_FINE


def _rename_room(chosen: argparse.Namespace) -> int:
    rename_room(load(chosen), chosen.room, chosen.title)
    return EXIT_FINE


def _move_room(chosen: argparse.Namespace) -> int:
    move_room(load(chosen), chosen.room, chosen.group)
    return EXIT_FINE


def _close_room(chosen: argparse.Namespace) -> int:
    close_room(load(chosen), chosen.room)
    return EXIT_FINE


def _audit(chosen: argparse.Namespace) -> int:
    is_whole = show_audit(load(chosen), chosen.room, verify_only=chosen.verify)
    return EXIT_FINE if is_whole else EXIT_TROUBLE


def _version(_chosen: argparse.Namespace) -> int:
    print(f"lamplit {version() or '(a checkout that is not installed)'}")
    return EXIT_FINE
