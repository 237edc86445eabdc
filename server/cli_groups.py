"""The commands about groups, who serves them, who is banned from them, and what was reported in them."""

from datetime import UTC, datetime
from typing import Final

from rooms.ids import RoomSlug
from rooms.limits import TITLE_MAX_CHARS
from rooms.roles import Role
from server import group_ports
from server.cli_store import UsageError, in_store
from server.clock import SystemClock
from server.config import Config, RoomConfig
from server.group_ports import (
    ALIAS_MAX_CHARS,
    APPEAL_MAX_CHARS,
    GroupSlug,
    RosterEntry,
    StoredBan,
    StoredGroup,
    StoredReport,
)
from server.place_keys import open_seal
from server.ports import StoredRoom
from server.store.sql_store import SqlStore
from server.wanted_rooms import group_of, wanted_rooms

ROSTER_ROLES: Final = tuple(role.value for role in group_ports.ROSTER_ROLES)

PLACE_MAX: Final = 99

_MINUTE_MS: Final = 60_000


def add_group(config: Config, slug: str, title: str, about: str, appeal: str) -> None:
    """Name a group, or open a closed one again.

    Raises:
        UsageError: it is there already, or cannot be called that.
    """
    try:
        asked = RoomConfig(slug=RoomSlug(slug), title=title, about=about)
    except ValueError as error:
        raise UsageError(str(error)) from None
    _check_text("appeal", appeal, APPEAL_MAX_CHARS)
    group = StoredGroup(GroupSlug(asked.slug), asked.title, asked.about, appeal)
    if not in_store(config, lambda store: store.groups.add(group, SystemClock().wall_ms())):
        raise UsageError(f"there is a group {slug!r} already; `lamplit group rename` changes its title")
    print(f"The group {slug} is made. `lamplit room move ROOM {slug}` gives it a room.")


def list_groups(config: Config) -> None:
    """Print slug, title and rooms of each group, those that nobody has named as well."""
    groups, rooms = in_store(config, lambda store: _groups(config, store))
    for group in groups:
        slugs = ",".join(room.slug for room in rooms if group_of(room) == group.slug)
        print(f"{group.slug}\t{group.title}\t{slugs or '-'}")


def rename_group(config: Config, slug: str, title: str) -> None:
    """Give a group another title.

    Raises:
        UsageError: there is none, or it cannot be called that.
    """
    _check_text("title", title, TITLE_MAX_CHARS, least=1)
    _name(config, slug)
    in_store(config, lambda store: store.groups.rename(GroupSlug(slug), title))
    print(f"The group {slug} has another title.")


def set_appeal(config: Config, slug: str, appeal: str) -> None:
    """Say what somebody may do who was banned from a group.

    Raises:
        UsageError: there is no such group, or the text is too long.
    """
    _check_text("appeal", appeal, APPEAL_MAX_CHARS)
    _name(config, slug)
    in_store(config, lambda store: store.groups.set_appeal(GroupSlug(slug), appeal))
    print(f"The group {slug} tells whoever is banned: {appeal or 'nothing'}")


def close_group(config: Config, slug: str) -> None:
    """Close a group that has no rooms. Its roster, bans and invites are kept until they are over.

    Raises:
        UsageError: it has rooms, or nobody has named it.
    """
    _, rooms = in_store(config, lambda store: _groups(config, store))
    held = [room.slug for room in rooms if group_of(room) == slug]
    if held:
        raise UsageError(f"the group {slug!r} has rooms: {', '.join(held)}; move or close them first")
    if not in_store(config, lambda store: store.groups.close(GroupSlug(slug), SystemClock().wall_ms())):
        raise _no_group(config, slug)
    print(f"The group {slug} is closed.")


def show_roster(config: Config, slug: str) -> None:
    """Print who serves a group, the succession first.

    Raises:
        UsageError: there is no such group.
    """
    _check_group(config, slug)
    for entry in in_store(config, lambda store: store.rosters.of_group(GroupSlug(slug))):
        print(f"{entry.account_id}\t{entry.role.value}\t{entry.alias or '-'}\tplace {entry.place or '-'}")


def add_host(config: Config, slug: str, account_id: str, role: str, alias: str, place: int) -> None:
    """Put an account on a group's roster, or change what it is there.

    Raises:
        UsageError: there is no such group or account, or the place cannot be.
    """
    now_ms = SystemClock().wall_ms()
    entry = RosterEntry(GroupSlug(slug), account_id, Role(role), alias, place, now_ms)
    check_entry(config, entry)
    accounts = in_store(config, lambda store: store.accounts.accounts(now_ms))
    if all(account.account_id != account_id for account in accounts):
        raise UsageError(f"there is no account {account_id!r}")
    in_store(config, lambda store: store.rosters.put(entry))
    print(f"{account_id} serves the group {slug} as {role}.")


def check_entry(config: Config, entry: RosterEntry) -> None:
    """Look at what is to stand on a roster, whoever it is about.

    Raises:
        UsageError: there is no such group, or the alias or the place cannot be.
    """
    _check_text("alias", entry.alias, ALIAS_MAX_CHARS)
    _check_place(entry.place)
    _check_group(config, entry.group_slug)


def remove_host(config: Config, slug: str, account_id: str) -> None:
    """Take an account off a group's roster.

    Raises:
        UsageError: it is not on it.
    """
    if not in_store(config, lambda store: store.rosters.remove(GroupSlug(slug), account_id)):
        raise _not_on_roster(slug, account_id)
    print(f"{account_id} no longer serves the group {slug}.")


def place_host(config: Config, slug: str, account_id: str, place: int) -> None:
    """Give an account another place in the succession of a group; 0 takes it out.

    Raises:
        UsageError: it is not on the roster, or the place cannot be.
    """
    _check_place(place)
    if not in_store(config, lambda store: store.rosters.set_place(GroupSlug(slug), account_id, place)):
        raise _not_on_roster(slug, account_id)
    print(f"{account_id} has place {place}." if place else f"{account_id} is not asked to follow.")


def move_room(config: Config, slug: str, group: str | None) -> None:
    """Give a room that was made by command to a group; with no group it is one by itself.

    Raises:
        UsageError: there is no such room or group, or the room is part of the configuration.
    """
    if any(room.slug == slug for room in config.rooms):
        raise UsageError(f"the room {slug!r} is part of the configuration; set its `group` there")
    if group is not None:
        _check_group(config, group)
    chosen = GroupSlug(group) if group is not None and group != slug else None
    if not in_store(config, lambda store: store.move_room(RoomSlug(slug), chosen)):
        raise UsageError(f"there is no room {slug!r} that was made by command")
    print(f"The room {slug} belongs to the group {chosen or slug}.")


def list_bans(config: Config, slug: str | None) -> None:
    """Print every ban, never of whom: id, group, what it is by, reason, since and until when, state."""
    now_ms = SystemClock().wall_ms()
    for ban in in_store(config, lambda store: store.bans.all()):
        if slug in (None, ban.group_slug):
            print(_ban_line(ban, now_ms))


def lift_ban(config: Config, ban_id: str) -> None:
    """End a ban.

    Raises:
        UsageError: there is none in force.
    """
    if not in_store(config, lambda store: store.bans.lift(ban_id, SystemClock().wall_ms())):
        raise UsageError(f"there is no ban {ban_id!r} in force; `lamplit ban list` prints them")
    print(f"The ban {ban_id} is lifted.")


def list_reports(config: Config, slug: str | None) -> None:
    """Print every report, never what it says: id, group, room, when, state."""
    for report in in_store(config, lambda store: store.reports.all()):
        if slug in (None, report.group_slug):
            print(_report_line(report))


def show_report(config: Config, report_id: str) -> None:
    """Print what a report says, with the chat that went with it.

    Raises:
        UsageError: there is none, or it cannot be opened here.
    """
    reports = in_store(config, lambda store: store.reports.all())
    report = next((one for one in reports if one.report_id == report_id), None)
    if report is None:
        raise UsageError(f"there is no report {report_id!r}; `lamplit report list` prints them")
    try:
        evidence = open_seal(config).open_report(report.sealed)
    except (OSError, ValueError) as error:
        raise UsageError(f"the report {report_id!r} cannot be opened: {error}") from None
    print(_report_line(report))
    print(f"reason\t{evidence.reason.value}")
    print(f"about\t{evidence.member_id}\t{evidence.name or '-'}")
    print(f"told by\t{evidence.by}")
    print(f"words\t{_one_line(evidence.words) or '-'}")
    for line in evidence.chat:
        print(f"chat\t{_minute(line.sent_ms)}\t{line.member_id}\t{line.name}\t{_one_line(line.text)}")


def _one_line(text: str) -> str:
    return text.replace("\n", " / ")


def close_report(config: Config, report_id: str) -> None:
    """Say that a report was dealt with.

    Raises:
        UsageError: there is no open one.
    """
    if not in_store(config, lambda store: store.reports.close(report_id, SystemClock().wall_ms())):
        raise UsageError(f"there is no open report {report_id!r}; `lamplit report list` prints them")
    print(f"The report {report_id} is closed.")


def _ban_line(ban: StoredBan, now_ms: int) -> str:
    held = "lifted" if ban.lifted_ms is not None else "over" if ban.until_ms <= now_ms else "in force"
    by = "device" if ban.device else "invites"
    when = f"{_minute(ban.placed_ms)}\t{_minute(ban.until_ms)}"
    return f"{ban.ban_id}\t{ban.group_slug}\t{by}\t{ban.reason or '-'}\t{when}\t{held}"


def _report_line(report: StoredReport) -> str:
    held = "open" if report.closed_ms is None else f"closed {_minute(report.closed_ms)}"
    when = _minute(report.at_min * _MINUTE_MS)
    return f"{report.report_id}\t{report.group_slug}\t{report.room_slug}\t{when}\t{held}"


def _minute(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1_000, UTC).strftime("%Y-%m-%d %H:%M")


def _check_text(key: str, text: str, max_chars: int, *, least: int = 0) -> None:
    if not least <= len(text.strip()) <= len(text) <= max_chars or not text.isprintable():
        raise UsageError(f"{key} must be {least} to {max_chars} printable characters")


def _check_place(place: int) -> None:
    if not 0 <= place <= PLACE_MAX:
        raise UsageError(f"a place must be 1 to {PLACE_MAX}, or 0 for none")


async def _groups(config: Config, store: SqlStore) -> tuple[tuple[StoredGroup, ...], tuple[StoredRoom, ...]]:
    """Return all groups, those that nobody has named under their first room's title, and all rooms."""
    rooms = await wanted_rooms(config, store)
    groups = {group.slug: group for group in await store.groups.named()}
    for room in rooms:
        slug = group_of(room)
        groups.setdefault(slug, StoredGroup(slug, room.title, "", ""))
    return tuple(groups.values()), rooms


def _check_group(config: Config, slug: str) -> StoredGroup:
    groups, _ = in_store(config, lambda store: _groups(config, store))
    for group in groups:
        if group.slug == slug:
            return group
    raise _no_group(config, slug)


def _name(config: Config, slug: str) -> None:
    """Give a group that nobody has named a row of its own."""
    group = _check_group(config, slug)
    in_store(config, lambda store: store.groups.add(group, SystemClock().wall_ms()))


def _no_group(config: Config, slug: str) -> UsageError:
    groups, _ = in_store(config, lambda store: _groups(config, store))
    return UsageError(
        f"there is no group {slug!r}; the groups are: {', '.join(group.slug for group in groups)}"
    )


def _not_on_roster(slug: str, account_id: str) -> UsageError:
    return UsageError(f"{account_id!r} is not on the roster of {slug!r}; `lamplit group roster` prints it")
