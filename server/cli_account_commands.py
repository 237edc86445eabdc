"""How the commands about hosts' accounts are written on the command line."""

import argparse

from server import cli_accounts, cli_groups
from server.cli_group_commands import Below
from server.cli_store import UsageError
from server.config import Config


def add_account_commands(below: Below) -> None:
    """Add what is below `lamplit host` about accounts."""
    inviting = below.add("invite", "make an account, and print the link that gives it a passkey", _invite)
    inviting.add_argument("--group", help="the group that it serves")
    inviting.add_argument(
        "--role", choices=cli_groups.ROSTER_ROLES, default="host", help="what it is there (default: host)"
    )
    inviting.add_argument("--alias", default="", help="the name under which it serves")
    inviting.add_argument(
        "--place", type=int, default=0, help="place in the succession, 1 first (default: none)"
    )
    below.add("list", "print every account", lambda config, _chosen: cli_accounts.list_hosts(config))
    resetting = below.add(
        "reset",
        "end an account's passkeys, codes and sessions, and print a new link",
        lambda config, chosen: cli_accounts.reset_host(config, chosen.account, chosen.url),
        "ACCOUNT",
    )
    for command in (inviting, resetting):
        command.add_argument("--url", help="the address that browsers use, if it is not the configured one")
    below.add(
        "forget",
        "forget an account and take it off every roster",
        lambda config, chosen: cli_accounts.forget_host(config, chosen.account),
        "ACCOUNT",
    )


def _invite(config: Config, chosen: argparse.Namespace) -> None:
    if chosen.group is None and (chosen.alias or chosen.place):
        raise UsageError("--alias and --place say how somebody serves a group: name it with --group")
    entry = (
        cli_accounts.host_entry(chosen.group, chosen.role, chosen.alias, chosen.place)
        if chosen.group is not None
        else None
    )
    cli_accounts.invite_host(config, chosen.url, entry)
