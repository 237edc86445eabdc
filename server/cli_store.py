"""The commands that read and write the store: rooms, and the audit. They work beside a running server."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final, TypeVar

from rooms.ids import RoomSlug
from server.clock import SystemClock
from server.config import Config, RoomConfig
from server.ports import StoredRoom, StoreError
from server.store.audit_chain import AuditRow, first_broken
from server.store.sql_store import SqlStore, open_store, say_no_store

_SOON: Final = "A server that is running takes it up within seconds"
_DIGEST_SHOWN_CHARS: Final = 16
_MINUTE_S: Final = 60

_Result = TypeVar("_Result")


class UsageError(Exception):
    """The command line asks for something that cannot be; the text is one sentence."""


def room_slugs(config: Config) -> list[RoomSlug]:
    """Return the slug of every room, those of the configuration first."""
    slugs = [room.slug for room in config.rooms]
    stored = in_store(config, lambda store: store.open_rooms())
    return [*slugs, *(room.slug for room in stored if room.slug not in slugs)]


def add_room(config: Config, slug: str, title: str, about: str) -> None:
    """Make a room, or open a closed one again.

    Raises:
        UsageError: it is there already, or cannot be called that.
    """
    try:
        asked = RoomConfig(slug=RoomSlug(slug), title=title, about=about)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if any(room.slug == slug for room in config.rooms):
        raise UsageError(f"the configuration has a room {slug!r} already")
    room = StoredRoom(asked.slug, asked.title, asked.about)
    if not in_store(config, lambda store: store.add_room(room, SystemClock().wall_ms())):
        raise UsageError(f"there is a room {slug!r} already; `lamplit room rename` changes its title")
    print(f"The room {slug} is made: /m/{slug}. {_SOON}.")


def list_rooms(config: Config) -> None:
    """Print slug, where it was made and title of each room."""
    for room in config.rooms:
        print(f"{room.slug}\tconfiguration\t{room.title}")
    slugs = {room.slug for room in config.rooms}
    for stored in in_store(config, lambda store: store.open_rooms()):
        if stored.slug not in slugs:
            print(f"{stored.slug}\tcommand\t{stored.title}")


def rename_room(config: Config, slug: str, title: str) -> None:
    """Give a room another title.

    Raises:
        UsageError: there is none that commands may change, or it cannot be called that.
    """
    try:
        room = RoomConfig(slug=RoomSlug(slug), title=title)
    except ValueError as error:
        raise UsageError(str(error)) from None
    _refuse_configured(config, slug)
    if not in_store(config, lambda store: store.rename_room(room.slug, room.title)):
        raise _no_room(config, slug)
    print(f"The room {slug} has another title. {_SOON}, or once nobody is in the room.")


def close_room(config: Config, slug: str) -> None:
    """Close a room; its settings are kept for the day it is opened again.

    Raises:
        UsageError: there is none that commands may change.
    """
    _refuse_configured(config, slug)
    if not in_store(config, lambda store: store.close_room(RoomSlug(slug), SystemClock().wall_ms())):
        raise _no_room(config, slug)
    print(f"The room {slug} is closed. {_SOON}: it is no longer listed, and ends once nobody is in it.")


def show_audit(config: Config, slug: str, *, verify_only: bool) -> bool:
    """Print a room's audit, and whether it is whole, which is also returned.

    Raises:
        UsageError: there is no such room and never was one with an audit.
    """
    chain, rows = in_store(config, lambda store: store.audit(RoomSlug(slug)))
    if not chain.end_number and slug not in room_slugs(config):
        raise _no_room(config, slug)
    for row in () if verify_only else rows:
        print(_line(row))
    broken = first_broken(chain, rows)
    if broken is not None:
        print(f"Broken at row {broken}: it, or what it stands on, was changed after it was written.")
        return False
    if not chain.end_number:
        print("Nothing was ever written.")
        return True
    digest = chain.end_digest.hex()[:_DIGEST_SHOWN_CHARS]
    print(f"Whole: {len(rows)} rows, up to row {chain.end_number} with the digest {digest}.")
    return True


def _line(row: AuditRow) -> str:
    entry = row.entry
    when = datetime.fromtimestamp(entry.at_min * _MINUTE_S, UTC).strftime("%Y-%m-%d %H:%M")
    return f"{row.number}\t{when}\t{entry.action}\tby {entry.actor or '-'}\tto {entry.target or '-'}"


def _refuse_configured(config: Config, slug: str) -> None:
    if any(room.slug == slug for room in config.rooms):
        raise UsageError(f"the room {slug!r} is part of the configuration; change it there")


def _no_room(config: Config, slug: str) -> UsageError:
    return UsageError(f"there is no room {slug!r}; the rooms are: {', '.join(room_slugs(config))}")


def in_store(config: Config, ask: Callable[[SqlStore], Awaitable[_Result]]) -> _Result:
    """Open the store for one question.

    Raises:
        UsageError: it cannot be used.
    """

    async def answer() -> _Result:
        async with open_store(config.store.url, config.server.data_path) as store:
            return await ask(store)

    try:
        return asyncio.run(answer())
    except StoreError as error:
        raise UsageError(say_no_store(config.store.url, config.server.data_path, error)) from None
