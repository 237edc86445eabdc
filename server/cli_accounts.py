"""The commands about hosts' accounts: who has one, and the links that make and renew them."""

from datetime import UTC, datetime

from rooms.roles import Role
from server.account_ports import ENROLMENT_HOURS, AccountLine
from server.accounts.opaque import ACCOUNT_ID_CHARS, draw_secret, draw_text, hash_secret
from server.cli_groups import check_entry
from server.cli_store import UsageError, in_store
from server.clock import SystemClock
from server.config import Config
from server.group_ports import GroupSlug, RosterEntry
from server.public_url import passkey_url
from server.store.sql_store import SqlStore


def invite_host(config: Config, url: str | None, entry: RosterEntry | None) -> None:
    """Make an account and print the link that gives it a passkey.

    Args:
        config: where.
        url: the address that browsers use, if it is not the configured one.
        entry: where it serves, without an account; None: nowhere yet.

    Raises:
        UsageError: there is no such group, or browsers could make no passkey at the address.
    """
    place = _passkey_url(config, url)
    if entry is not None:
        check_entry(config, entry)
    account_id, secret, now_ms = draw_text(ACCOUNT_ID_CHARS), draw_secret(), SystemClock().wall_ms()

    async def invite(store: SqlStore) -> bool:
        if not await store.accounts.add(account_id, hash_secret(secret), now_ms):
            return False
        if entry is not None:
            await store.rosters.put(entry._replace(account_id=account_id, added_ms=now_ms))
        return True

    if not in_store(config, invite):
        raise UsageError("the id that was drawn is taken already; try again")
    _print_link(account_id, place, secret)


def list_hosts(config: Config) -> None:
    """Print every account: id, day made, passkeys, codes, whether a link is open, where it serves."""
    now_ms = SystemClock().wall_ms()

    async def accounts(store: SqlStore) -> list[tuple[AccountLine, tuple[RosterEntry, ...]]]:
        found = await store.accounts.accounts(now_ms)
        return [(one, await store.rosters.of_account(one.account_id)) for one in found]

    for account, entries in in_store(config, accounts):
        day = datetime.fromtimestamp(account.created_ms / 1_000, UTC).date()
        ways = (
            f"{account.passkeys} passkeys\t{account.codes} codes\t{'link open' if account.has_link else '-'}"
        )
        serves = ", ".join(f"{one.group_slug} as {one.role.value} {one.alias}".strip() for one in entries)
        print(f"{account.account_id}\t{day}\t{ways}\t{serves or '-'}")


def reset_host(config: Config, account_id: str, url: str | None) -> None:
    """End an account's passkeys, codes and sessions, and print a link that gives it a passkey.

    Raises:
        UsageError: there is no such account, or browsers could make no passkey at the address.
    """
    place, secret = _passkey_url(config, url), draw_secret()
    now_ms = SystemClock().wall_ms()
    if not in_store(config, lambda store: store.accounts.reset(account_id, hash_secret(secret), now_ms)):
        raise _no_account(account_id)
    _print_link(account_id, place, secret)


def forget_host(config: Config, account_id: str) -> None:
    """Forget an account and take it off every roster.

    Raises:
        UsageError: there is no such account.
    """

    async def forget(store: SqlStore) -> bool:
        await store.rosters.forget_account(account_id)
        return await store.accounts.remove(account_id)

    if not in_store(config, forget):
        raise _no_account(account_id)
    print(f"The account {account_id} is forgotten.")


def host_entry(group: str, role: str, alias: str, place: int) -> RosterEntry:
    """Return what a roster would say, of nobody yet."""
    return RosterEntry(GroupSlug(group), "", Role(role), alias, place, 0)


def _passkey_url(config: Config, asked: str | None) -> str:
    url = passkey_url(asked, config)
    if url is None:
        raise UsageError(
            "browsers make passkeys only for addresses with a name: set server.origins, or give --url"
        )
    return url


def _print_link(account_id: str, place: str, secret: str) -> None:
    print(f"The account is {account_id}. This link makes its passkey, once, within {ENROLMENT_HOURS} hours:")
    print(f"{place}/host#enrol={secret}")


def _no_account(account_id: str) -> UsageError:
    return UsageError(f"there is no account {account_id!r}; `lamplit host list` prints them")
