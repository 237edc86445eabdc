"""Lets the media plane forward exactly those whom the room log says are heard."""

from typing import Final, Protocol

from rooms.facts import (
    AllMuted,
    Commit,
    FloorSet,
    MemberLeft,
    MemberMuted,
    MemberRemoved,
    MicrophoneSet,
    MuteLifted,
    RoleGiven,
    RoomFrozen,
    ShareBegan,
    ShareEnded,
)
from rooms.hearing import is_heard
from rooms.ids import MemberId, RoomSlug
from rooms.model import Record, Room

_OF_ALL: Final = (AllMuted, FloorSet, RoleGiven, RoomFrozen, ShareBegan, ShareEnded)
"""Facts after which anybody may be heard or not."""


class VoiceGate(Protocol):
    """What this file needs of the media plane."""

    def allow_voice(self, room: RoomSlug, voice_id: int, allowed: bool) -> None:  # noqa: FBT001
        """Forward the voice, or drop it from the next packet on."""
        ...

    def close_peer(self, room: RoomSlug, voice_id: int) -> None:
        """End the member's transport, if there is one."""
        ...


class Voices:
    """Follows one room and tells the media plane who is heard. The server mutes; browsers are only told."""

    def __init__(self, slug: RoomSlug, gate: VoiceGate) -> None:
        """Follow the room `slug`."""
        self._slug = slug
        self._gate = gate

    def __call__(self, record: Record, commits: tuple[Commit, ...]) -> None:
        """Take new commits. See `server.room_service.Follower`."""
        room = record.room
        if room is None:
            return
        for commit in commits:
            match commit.fact:
                case MemberLeft(member_id=member_id) | MemberRemoved(member_id=member_id):
                    self._gate.close_peer(self._slug, member_id)
                case MicrophoneSet() | MemberMuted() | MuteLifted() as fact:
                    self._set(room, fact.member_id)
                case _:
                    pass
        if not commits or any(isinstance(commit.fact, _OF_ALL) for commit in commits):
            for member_id in room.members:
                self._set(room, member_id)

    def _set(self, room: Room, member_id: MemberId) -> None:
        member = room.members.get(member_id)
        heard = member is not None and is_heard(room, member)
        self._gate.allow_voice(self._slug, member_id, heard)
