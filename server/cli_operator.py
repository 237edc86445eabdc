"""The commands for whoever watches: `lamplit top` and `lamplit operator-link`."""

import argparse
import asyncio
import contextlib
from typing import Final

from server.cli_flags import add_command, add_key_flags, load
from server.cli_store import UsageError
from server.cli_top import show_top
from server.clock import SystemClock
from server.http.origins import hosts_reached_at, write_origin
from server.logs import set_up_logs
from server.place_keys import open_office
from server.public_url import public_url

_HOURS_MAX: Final = 24 * 366.0
_EVERY_MIN_S: Final = 0.5
_EVERY_MAX_S: Final = 3_600.0


def add_operator_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add both."""
    watching = add_command(
        commands, "top", "show nodes, members, packets, loss and delay, again and again", _top
    )
    watching.add_argument("--once", action="store_true", help="print one table and end")
    watching.add_argument(
        "--every", type=float, default=2.0, metavar="S", help="seconds between two tables (default: 2)"
    )
    watching.add_argument("--url", help="where the server is, if it is not the configured one; no cluster")
    linking = add_command(
        commands,
        "operator-link",
        "print a link that lets whoever opens it watch the nodes and empty one",
        _link,
    )
    linking.add_argument(
        "--hours", type=float, default=12.0, help="how long the link is good for (default: 12)"
    )
    linking.add_argument("--url", help="the address that browsers use, if it is not the configured one")
    for command in (watching, linking):
        add_key_flags(command)


def _top(chosen: argparse.Namespace) -> int:
    if not _EVERY_MIN_S <= chosen.every <= _EVERY_MAX_S:
        raise UsageError(f"--every must be {_EVERY_MIN_S:g} to {_EVERY_MAX_S:.0f}")
    config = load(chosen)
    set_up_logs("error", config.logs.format)  # the table stands alone
    host = hosts_reached_at(config.server.host)[0]
    own = write_origin("https" if config.server.dev_tls else "http", host, config.server.port)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(show_top(config, (chosen.url or own).rstrip("/"), chosen.every, once=chosen.once))
    return 0


def _link(chosen: argparse.Namespace) -> int:
    if not 0 < chosen.hours <= _HOURS_MAX:
        raise UsageError(f"--hours must be more than 0 and at most {_HOURS_MAX:.0f}")
    config = load(chosen)
    try:
        office = open_office(config)
    except OSError as error:
        raise UsageError(
            f"the data directory {config.server.data_path} cannot be used: {error.strerror}"
        ) from None
    except ValueError as error:
        raise UsageError(f"the key in {config.server.data_path} is damaged: {error}") from None
    ticket = office.issue_operator(chosen.hours, SystemClock().wall_ms())
    print(f"{public_url(chosen.url, config)}/operator#enrol={ticket}")
    return 0
