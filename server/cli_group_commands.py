"""How the commands about groups, hosts, series, bans and reports are written on the command line."""

import argparse
from collections.abc import Callable
from datetime import date
from typing import Final

from server import cli_groups, cli_series
from server.cli_flags import add_command, add_key_flags, load
from server.cli_store import UsageError
from server.config import Config
from server.schedule.plan import DOORS_MS, FELLOWSHIP_MS
from server.schedule.setting import SeriesConfig

_MINUTE_MS: Final = 60_000


class Below:
    """Commands below one such as `lamplit group`."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        """Add them to this parser."""
        self._commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(
        self, name: str, text: str, act: Callable[[Config, argparse.Namespace], None], *arguments: str
    ) -> argparse.ArgumentParser:
        """Add a command with arguments that are called as they are written: ROOM is `room`."""

        def run(chosen: argparse.Namespace) -> int:
            act(load(chosen), chosen)
            return 0

        command = add_command(self._commands, name, text, run)
        for argument in arguments:
            command.add_argument(argument.lower(), metavar=argument)
        add_key_flags(command)
        return command


def add_group_commands(parser: argparse.ArgumentParser) -> None:
    """Add what is below `lamplit group`."""
    below = Below(parser)
    adding = below.add(
        "add",
        "name a group, or open a closed one again",
        lambda config, chosen: cli_groups.add_group(
            config, chosen.group, chosen.title, chosen.about, chosen.appeal
        ),
        "GROUP",
    )
    adding.add_argument("--title", required=True, help="what people call it")
    adding.add_argument("--about", default="", help="a sentence or two for somebody who was never there")
    adding.add_argument("--appeal", default="", help="what somebody may do who was banned")
    below.add(
        "list", "print every group with its rooms", lambda config, _chosen: cli_groups.list_groups(config)
    )
    below.add(
        "rename",
        "give a group another title",
        lambda config, chosen: cli_groups.rename_group(config, chosen.group, chosen.title),
        "GROUP",
        "TITLE",
    )
    below.add(
        "close",
        "close a group that has no rooms",
        lambda config, chosen: cli_groups.close_group(config, chosen.group),
        "GROUP",
    )
    below.add(
        "appeal",
        "say what somebody may do who was banned: an address, a page; '' for nothing",
        lambda config, chosen: cli_groups.set_appeal(config, chosen.group, chosen.text),
        "GROUP",
        "TEXT",
    )
    below.add(
        "roster",
        "print who serves a group, the succession first",
        lambda config, chosen: cli_groups.show_roster(config, chosen.group),
        "GROUP",
    )


def add_host_commands(below: Below) -> None:
    """Add what is below `lamplit host` about rosters."""
    adding = below.add(
        "add",
        "put an account on a group's roster, or change what it is there",
        lambda config, chosen: cli_groups.add_host(
            config, chosen.group, chosen.account, chosen.role, chosen.alias, chosen.place
        ),
        "GROUP",
        "ACCOUNT",
    )
    adding.add_argument("--role", choices=cli_groups.ROSTER_ROLES, default="host", help="default: host")
    adding.add_argument("--alias", default="", help="the name under which it serves; others cannot take it")
    adding.add_argument(
        "--place", type=int, default=0, help="place in the succession, 1 first (default: none)"
    )
    below.add(
        "remove",
        "take an account off a group's roster",
        lambda config, chosen: cli_groups.remove_host(config, chosen.group, chosen.account),
        "GROUP",
        "ACCOUNT",
    )
    placing = below.add(
        "place",
        "give an account another place in the succession; 0 takes it out",
        lambda config, chosen: cli_groups.place_host(config, chosen.group, chosen.account, chosen.place),
        "GROUP",
        "ACCOUNT",
    )
    placing.add_argument("place", metavar="PLACE", type=int)


def add_series_commands(parser: argparse.ArgumentParser) -> None:
    """Add what is below `lamplit series`."""
    below = Below(parser)
    adding = below.add(
        "add", "let a room have a weekly meeting, or somebody a weekly shift", _add_series, "ROOM"
    )
    adding.add_argument("--every", required=True, help="weekdays, such as MO,TH")
    adding.add_argument("--at", required=True, help="when it starts, such as 19:00")
    adding.add_argument("--minutes", required=True, type=int, help="how long it lasts")
    adding.add_argument("--zone", required=True, help="whose clocks count, such as Europe/Lisbon")
    adding.add_argument("--doors", type=int, default=DOORS_MS // _MINUTE_MS, help="minutes open before")
    adding.add_argument(
        "--fellowship", type=int, default=FELLOWSHIP_MS // _MINUTE_MS, help="minutes open after"
    )
    adding.add_argument(
        "--shift", metavar="ACCOUNT", default="", help="it is this account's shift, no meeting"
    )
    below.add("list", "print every series", lambda config, _chosen: cli_series.list_series(config))
    below.add(
        "remove",
        "let a series be no more",
        lambda config, chosen: cli_series.remove_series(config, chosen.series),
        "SERIES",
    )
    skipping = below.add(
        "skip",
        "let a series not take place on one date",
        lambda config, chosen: cli_series.skip_series(config, chosen.series, chosen.date),
        "SERIES",
    )
    skipping.add_argument("date", metavar="DATE", type=date.fromisoformat, help="such as 2026-12-24")


def add_ban_commands(parser: argparse.ArgumentParser) -> None:
    """Add what is below `lamplit ban`."""
    below = Below(parser)
    listing = below.add(
        "list",
        "print every ban, never of whom",
        lambda config, chosen: cli_groups.list_bans(config, chosen.group),
    )
    listing.add_argument("group", nargs="?", metavar="GROUP")
    below.add("lift", "end a ban", lambda config, chosen: cli_groups.lift_ban(config, chosen.ban), "BAN")


def add_report_commands(parser: argparse.ArgumentParser) -> None:
    """Add what is below `lamplit report`."""
    below = Below(parser)
    listing = below.add(
        "list",
        "print every report, never what it says",
        lambda config, chosen: cli_groups.list_reports(config, chosen.group),
    )
    listing.add_argument("group", nargs="?", metavar="GROUP")
    below.add(
        "show",
        "print what a report says, and the chat that went with it",
        lambda config, chosen: cli_groups.show_report(config, chosen.report),
        "REPORT",
    )
    below.add(
        "close",
        "say that a report was dealt with",
        lambda config, chosen: cli_groups.close_report(config, chosen.report),
        "REPORT",
    )


def _add_series(config: Config, chosen: argparse.Namespace) -> None:
    try:
        asked = SeriesConfig(
            every=chosen.every,
            at=chosen.at,
            minutes=chosen.minutes,
            zone=chosen.zone,
            doors=chosen.doors,
            fellowship=chosen.fellowship,
        )
    except ValueError as error:
        raise UsageError(f"--{error}") from None
    cli_series.add_series(config, chosen.room, asked, chosen.shift)
