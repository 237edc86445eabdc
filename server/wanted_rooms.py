"""Which rooms the operator wants, and which group each belongs to."""

from server.config import Config
from server.group_ports import GroupSlug
from server.ports import Store, StoredRoom


async def wanted_rooms(config: Config, store: Store) -> tuple[StoredRoom, ...]:
    """Return the rooms of the configuration, then those made by command that are not closed.

    One that the store has under a slug of the configuration is passed over.

    Raises:
        StoreError: the store does not answer.
    """
    rooms = [
        StoredRoom(room.slug, room.title, room.about, GroupSlug(room.group) if room.group else None)
        for room in config.rooms
    ]
    configured = {room.slug for room in rooms}
    rooms += [room for room in await store.open_rooms() if room.slug not in configured]
    return tuple(rooms)


def group_of(room: StoredRoom) -> GroupSlug:
    """Return the group that a room belongs to: itself where nobody has said another."""
    return room.group_slug or GroupSlug(room.slug)
