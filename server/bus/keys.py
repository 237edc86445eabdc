"""Names of keys and channels. Those of one room share a hash tag, so that a script may touch them all."""

from typing import Final

from rooms.ids import RoomSlug

PREFIX: Final = "lamplit:"


def room_key(slug: RoomSlug, what: str) -> str:
    """Return the name of a key or channel of a room, such as `log` or `facts`."""
    return f"{PREFIX}{{{slug}}}:{what}"
