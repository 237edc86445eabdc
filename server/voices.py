"""Lets the media plane forward exactly those whom the room log says are heard."""

from typing import Protocol

from rooms.facts import (
    Commit,
    MemberLeft,
    MemberMuted,
    MemberRemoved,
    MicrophoneSet,
    MuteLifted,
)
from rooms.ids import MemberId, RoomSlug
from rooms.model import Record, Room


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
        if not commits:
            for member_id in room.members:
                self._set(room, member_id)
        for commit in commits:
            match commit.fact:
                case MemberLeft(member_id=member_id) | MemberRemoved(member_id=member_id):
                    self._gate.close_peer(self._slug, member_id)
                case MicrophoneSet() | MemberMuted() | MuteLifted() as fact:
                    self._set(room, fact.member_id)
                case _:
                    pass

    def _set(self, room: Room, member_id: MemberId) -> None:
        member = room.members.get(member_id)
        self._gate.allow_voice(self._slug, member_id, member is not None and member.is_heard)
