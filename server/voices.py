"""Lets the media plane forward exactly those whom the room log says are heard, to those who may hear them."""

from typing import Final, Protocol

from rooms.blocks import in_force
from rooms.facts import (
    AllMuted,
    Commit,
    Fact,
    FloorSet,
    MemberLeft,
    MemberMuted,
    MemberRemoved,
    MemberSteppedOut,
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

_Pairs = frozenset[tuple[MemberId, MemberId]]


class VoiceGate(Protocol):
    """What this file needs of the media plane."""

    def allow_voice(self, room: RoomSlug, voice_id: int, allowed: bool) -> None:  # noqa: FBT001
        """Forward the voice, or drop it from the next packet on."""
        ...

    def set_apart(self, room: RoomSlug, one: int, other: int, apart: bool) -> None:  # noqa: FBT001
        """Keep two voices from each other, both ways, until it is taken back."""
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
        self._room: Room | None = None
        self._apart: _Pairs = frozenset()

    def __call__(self, record: Record, commits: tuple[Commit, ...]) -> None:
        """Take new commits. See `server.room_service.Follower`."""
        before, self._room = self._room, record.room
        room = record.room
        self._keep_apart(before, room)
        if before is not None:
            self._close_lost(before, room, has_jumped=not commits)
        if room is None:
            return
        for commit in commits:
            self._take(commit.fact, room)
        if not commits or any(isinstance(commit.fact, _OF_ALL) for commit in commits):
            for member_id in room.members:
                self._set(room, member_id)

    def _take(self, fact: Fact, room: Room) -> None:
        match fact:
            case MemberLeft(member_id=member_id) | MemberRemoved(member_id=member_id):
                self._gate.close_peer(self._slug, member_id)
            case MemberSteppedOut(guest=guest):
                self._gate.close_peer(self._slug, guest.member_id)
            case MicrophoneSet() | MemberMuted() | MuteLifted():
                self._set(room, fact.member_id)
            case _:
                pass

    def _set(self, room: Room, member_id: MemberId) -> None:
        member = room.members.get(member_id)
        heard = member is not None and is_heard(room, member)
        self._gate.allow_voice(self._slug, member_id, heard)

    def _close_lost(self, before: Room, room: Room | None, *, has_jumped: bool) -> None:
        """End the sound of seats that no commit tells of: the meeting is over, or the record jumped."""
        if room is None or room.meeting_id != before.meeting_id:
            lost = set(before.members)
        elif has_jumped:
            lost = set(before.members) - set(room.members)
        else:
            return
        for member_id in lost:
            self._gate.close_peer(self._slug, member_id)

    def _keep_apart(self, before: Room | None, room: Room | None) -> None:
        """Bring the pairs that must not hear each other to what the record says.

        A pair is apart while there is a block of either. Blocks name seats, there or not, so the pair is
        parted before the first packet of whoever comes back.
        """
        if before is not None and room is not None and before.blocks is room.blocks:
            return
        known, self._apart = self._apart, _pairs_apart(room)
        for one, other in self._apart - known:
            self._gate.set_apart(self._slug, one, other, apart=True)
        for one, other in known - self._apart:
            self._gate.set_apart(self._slug, one, other, apart=False)


def _pairs_apart(room: Room | None) -> _Pairs:
    """Return each pair with a block that holds, the lower number first."""
    if room is None:
        return frozenset()
    return frozenset(
        (min(block.by, block.member_id), max(block.by, block.member_id)) for block in in_force(room)
    )
