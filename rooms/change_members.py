"""Seats, microphones, roles and the door: what each fact changes."""

from msgspec.structs import replace

from rooms.changing import change_for, mute, with_member, without_member
from rooms.facts import (
    AllMuted,
    Commit,
    GuestArrived,
    GuestHeld,
    GuestLeft,
    GuestTold,
    MemberJoined,
    MemberLeft,
    MemberMuted,
    MemberRemoved,
    MemberRenamed,
    MemberReturned,
    MemberSteppedOut,
    MemberStranded,
    MicrophoneSet,
    MuteLifted,
    PassNoted,
    RemovalLifted,
    RoleGiven,
    RoleProposed,
    Unseen,
)
from rooms.ids import MemberId
from rooms.limits import DOOR_LINES_MAX, WAS_MAX
from rooms.model import DoorLine, Guest, Room


@change_for.register
def _member_joined(fact: MemberJoined, room: Room, _: Commit) -> Room:
    return with_member(_without_guest(room, fact.member.member_id), fact.member)


@change_for.register
def _member_left(fact: MemberLeft, room: Room, _: Commit) -> Room:
    return without_member(room, fact.member_id)


@change_for.register
def _member_removed(fact: MemberRemoved, room: Room, _: Commit) -> Room:
    return without_member(room, fact.member_id)


@change_for.register
def _member_stranded(fact: MemberStranded, room: Room, commit: Commit) -> Room:
    return with_member(room, replace(room.members[fact.member_id], stranded_ms=commit.at_ms))


@change_for.register
def _member_returned(fact: MemberReturned, room: Room, _: Commit) -> Room:
    return with_member(room, replace(room.members[fact.member_id], stranded_ms=0))


@change_for.register
def _member_renamed(fact: MemberRenamed, room: Room, _: Commit) -> Room:
    member = room.members[fact.member_id]
    was = (*member.was, fact.was)[-WAS_MAX:] if fact.was else member.was
    return with_member(room, replace(member, name=fact.name, was=was))


@change_for.register
def _microphone_set(fact: MicrophoneSet, room: Room, _: Commit) -> Room:
    return mute(room, fact.member_id, by_self=not fact.on)


@change_for.register
def _member_muted(fact: MemberMuted, room: Room, _: Commit) -> Room:
    return mute(room, fact.member_id, by_self=True, by_host=True)


@change_for.register
def _mute_lifted(fact: MuteLifted, room: Room, _: Commit) -> Room:
    return mute(room, fact.member_id, by_host=False)


@change_for.register
def _all_muted(fact: AllMuted, room: Room, _: Commit) -> Room:
    for member_id in fact.members:
        room = mute(room, member_id, by_self=True)
    return room


@change_for.register
def _role_given(fact: RoleGiven, room: Room, _: Commit) -> Room:
    room = _without_proposals(room, fact.member_id)
    return with_member(room, replace(room.members[fact.member_id], role=fact.role))


@change_for.register
def _role_proposed(fact: RoleProposed, room: Room, _: Commit) -> Room:
    room = _without_proposals(room, fact.proposal.member_id)
    return replace(room, proposals=(*room.proposals, fact.proposal))


@change_for.register
def _guest_arrived(fact: GuestArrived, room: Room, _: Commit) -> Room:
    room = _without_guest(room, fact.guest.member_id)
    return replace(room, guests=(*room.guests, fact.guest))


@change_for.register
def _guest_left(fact: GuestLeft, room: Room, _: Commit) -> Room:
    return _without_guest(room, fact.member_id)


@change_for.register
def _guest_held(fact: GuestHeld, room: Room, _: Commit) -> Room:
    return replace(
        room,
        guests=tuple(replace(g, is_held=True) if g.member_id == fact.member_id else g for g in room.guests),
    )


@change_for.register
def _guest_told(fact: GuestTold, room: Room, commit: Commit) -> Room:
    line = DoorLine(by=fact.by, text=fact.text, sent_ms=commit.at_ms)
    return replace(
        room,
        guests=tuple(
            replace(guest, lines=(*guest.lines, line)[-DOOR_LINES_MAX:])
            if guest.member_id == fact.member_id
            else guest
            for guest in room.guests
        ),
    )


@change_for.register
def _member_stepped_out(fact: MemberSteppedOut, room: Room, _: Commit) -> Room:
    room = _without_proposals(without_member(room, fact.guest.member_id), fact.guest.member_id)
    return replace(room, guests=(*room.guests, fact.guest))


@change_for.register(PassNoted | RemovalLifted | Unseen)
def _nothing_shown(_: PassNoted | RemovalLifted | Unseen, room: Room, __: Commit) -> Room:
    return room


def _without_guest(room: Room, member_id: MemberId) -> Room:
    guests: tuple[Guest, ...] = tuple(guest for guest in room.guests if guest.member_id != member_id)
    return room if len(guests) == len(room.guests) else replace(room, guests=guests)


def _without_proposals(room: Room, member_id: MemberId) -> Room:
    proposals = tuple(one for one in room.proposals if one.member_id != member_id)
    return room if len(proposals) == len(room.proposals) else replace(room, proposals=proposals)
