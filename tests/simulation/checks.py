"""What must be true after each step of a walk, said once more in other words than the rules have."""

from collections.abc import Callable
from typing import Final, NamedTuple

from msgspec.structs import replace

from rooms.commands import (
    Command,
    EraseCaption,
    GiveRole,
    JoinRoom,
    MuteMember,
    PostChat,
    React,
    RemoveMember,
    ResumeSeat,
    SetMicrophone,
    WriteCaption,
    WriteShare,
)
from rooms.facts import Commit
from rooms.hearing import is_heard
from rooms.host_commands import (
    AdmitAll,
    AdmitGuest,
    BanMember,
    LiftBan,
    LiftRemoval,
    RemoveBurst,
    StepOut,
    TakeLead,
    TellGuest,
)
from rooms.ids import MemberId
from rooms.limits import CAPTION_LINES, CAPTION_MAX_CHARS
from rooms.model import Ban, ChatMode, DoorMode, Floor, FloorMode, Ledger, Member, Pass, Room
from rooms.roles import RANK, Role
from rooms.skeleton import skeletons
from tests.simulation.onlookers import Onlookers


class Gate:
    """Stands for the media plane: whose packets would be forwarded, and who would not hear whom."""

    def __init__(self) -> None:
        """Begin with nobody heard."""
        self.open: set[int] = set()
        self.apart: set[tuple[int, int]] = set()

    def allow_voice(self, room: str, voice_id: int, allowed: bool) -> None:  # noqa: FBT001
        """See `server.voices.VoiceGate`."""
        del room
        if allowed:
            self.open.add(voice_id)
        else:
            self.open.discard(voice_id)

    def set_apart(self, room: str, one: int, other: int, apart: bool) -> None:  # noqa: FBT001
        """See `server.voices.VoiceGate`."""
        del room
        if apart:
            self.apart.add((one, other))
        else:
            self.apart.discard((one, other))

    def close_peer(self, room: str, voice_id: int) -> None:
        """See `server.voices.VoiceGate`."""
        del room
        self.open.discard(voice_id)


class Step(NamedTuple):
    """One command that was carried out, and the room before and after.

    `given` are the roles that hosts gave, or members took, in this sitting; `spared` are those who were
    trusted when a ban of their device was learnt.
    """

    before: Room
    after: Room
    known: Ledger
    """As it stands after the command."""
    outside: frozenset[MemberId]
    """Who was asked to step out, before it."""
    command: Command
    fresh: list[Commit]
    now_ms: int
    given: dict[MemberId, Role]
    spared: set[MemberId]
    gate: Gate
    onlookers: Onlookers


_LEADING: Final = {Role.HOST, Role.SECRETARY}
_ADMITTING: Final = AdmitGuest | AdmitAll
_COMING: Final = JoinRoom | ResumeSeat | AdmitGuest | AdmitAll
_KEEPS_ORDER: Final = RANK[Role.SAFETY]


def _is_trusted(member: Member) -> bool:
    return RANK[member.role] > 0


def _may_be_heard(room: Room, member: Member) -> bool:
    if member.mutes.by_self or member.mutes.by_host:
        return False
    if _is_trusted(member) and member.role is not Role.CAPTIONER:
        return True
    is_called = room.floor.share is not None and room.floor.share.member_id == member.member_id
    return not room.order.is_frozen and (is_called or room.floor.mode == FloorMode.OPEN)


def those_heard_are_those_the_rules_allow(step: Step) -> None:
    """Whoever is heard is meant to be, and no packet of anybody else would be forwarded."""
    room = step.after
    heard = {who for who, member in room.members.items() if _may_be_heard(room, member)}
    assert heard == {who for who, member in room.members.items() if is_heard(room, member)}
    assert heard == step.gate.open
    assert heard == {who for who, member in room.members.items() if member.is_open}


def those_heard_are_those_shown(step: Step) -> None:
    """Everybody inside is shown everybody inside, in one order, with the same hands in one order."""
    room = step.after
    for _, shown in step.onlookers.inside():
        assert list(shown.members) == list(room.members)
        assert _without_text(shown.floor) == _without_text(room.floor)  # a block takes away the words alone
        assert step.gate.open <= set(shown.members)


def _without_text(floor: Floor) -> Floor:
    return replace(floor, share=replace(floor.share, text="")) if floor.share else floor


def those_apart_do_not_hear_or_read_each_other(step: Step) -> None:
    """A block parts two, both ways, in voice and in words, and only the one who wished it is shown it."""
    room = step.after
    holding = [block for block in room.blocks if not block.until_seq]
    pairs = {(min(block.by, block.member_id), max(block.by, block.member_id)) for block in holding}
    assert pairs == step.gate.apart
    for viewer, shown in step.onlookers.inside():
        me = viewer.member_id
        assert all(block.by == me for block in shown.blocks)
        for block in holding:
            if me in {block.by, block.member_id}:
                other = block.member_id if block.by == me else block.by
                later = [line for line in shown.chat if line.seq > block.since_seq]
                assert not any(line.text or line.name for line in later if line.member_id == other)
                written = [one for one in shown.captions if one.seq > block.since_seq]
                assert not any(one.text for one in written if one.member_id == other)


def no_keeper_of_order_is_kept_apart(step: Step) -> None:
    """Whoever keeps order hears everybody and is heard."""
    for one, other in step.gate.apart:
        for who in (MemberId(one), MemberId(other)):
            seat = step.after.members.get(who)
            assert seat is None or RANK[seat.role] < _KEEPS_ORDER


def nobody_opens_anothers_microphone(step: Step) -> None:
    """Only the own command makes somebody heard."""
    was = {who for who, member in step.before.members.items() if is_heard(step.before, member)}
    now = {who for who, member in step.after.members.items() if is_heard(step.after, member)}
    own = {step.command.by} if isinstance(step.command, SetMicrophone) else set()
    assert now - was <= own


def probation_holds(step: Step) -> None:
    """A new device's microphone waits for a call, a role, or its time."""
    if isinstance(step.command, SetMicrophone) and step.command.on:
        member = step.before.members[step.command.by]
        share = step.before.floor.share
        is_called = share is not None and share.member_id == member.member_id
        assert _is_trusted(member) or is_called or member.probation_ms <= step.now_ms
    for member in step.after.members.values():
        assert not member.probation_ms or member.is_new


def hands_and_share_are_of_the_seated(step: Step) -> None:
    """Nobody has the floor or a hand who has no seat, and nobody has both."""
    room, floor = step.after, step.after.floor
    hands = [hand.member_id for hand in floor.hands]
    assert len(hands) == len(set(hands))
    assert set(hands) <= set(room.members)
    assert len(floor.shared) == len(set(floor.shared))
    if floor.share is not None:
        assert floor.share.member_id in room.members
        assert floor.share.member_id not in hands


def those_at_the_door_are_not_inside(step: Step) -> None:
    """A guest has one place and no seat, and no name of anybody else."""
    room = step.after
    guests = [guest.member_id for guest in room.guests]
    assert len(guests) == len(set(guests))
    assert not set(guests) & set(room.members)
    names = [member.name for member in room.members.values()] + [guest.name for guest in room.guests]
    forms = [form for name in names for form in skeletons(name)]
    assert len(forms) == len(set(forms))


def those_removed_stay_out(step: Step) -> None:
    """No seat and no place at the door, under the old number; none under another without a role."""
    removed = step.known.removed
    assert not (set(step.after.members) | set(_guests(step.after))) & set(removed)
    command = step.command
    for who in _came(step):
        if not isinstance(command, JoinRoom | ResumeSeat):
            continue  # let in from the door, which they had come to before
        role = step.given.get(who, command.role) if isinstance(command, ResumeSeat) else command.role
        if RANK[role] > 0:
            continue
        came = step.known.passes.get(who, Pass())
        for other in removed:
            theirs = step.known.passes.get(other, Pass())
            assert not came.device or came.device != theirs.device


def those_banned_stay_out(step: Step) -> None:
    """No ban that holds means anybody who came now, nor the device of anybody who is here.

    But for those who were trusted here when another room told of it.
    """
    bans = [ban for ban in step.after.bans if ban.until_ms > step.now_ms]
    present = set(step.after.members) | set(_guests(step.after))
    for who in present - step.spared:
        device = step.known.passes.get(who, Pass()).device
        assert not device or all(ban.device != device for ban in bans)
    for who in _came(step):
        assert not any(_means(ban, step.known.passes.get(who, Pass())) for ban in bans)


def doors_hold(step: Step) -> None:
    """Nobody is seated whom a freeze, a lock, safe mode or the group's rules keep at the door."""
    before, command = step.before, step.command
    for who in set(step.after.members) - set(before.members):
        assert isinstance(command, _COMING)
        if isinstance(command, _ADMITTING):
            rank = RANK[before.members[command.by].role]
            assert rank >= _KEEPS_ORDER or not (before.order.is_frozen or before.order.is_locked)
            assert rank >= _KEEPS_ORDER or before.members[command.by].role is Role.GREETER
            assert who in _guests(before)
            continue
        assert who not in step.outside
        if isinstance(command, JoinRoom):
            assert not any(_led_here(ban, command.pass_, step.now_ms) for ban in before.bans)
        if _is_trusted(step.after.members[who]):
            continue
        assert not before.order.is_frozen
        if isinstance(command, ResumeSeat) and not command.is_guest:
            continue
        assert not before.order.is_locked
        if before.watch.is_safe:
            assert command.pass_.is_known
        else:
            assert before.rules.door is not DoorMode.EVERYBODY
            assert command.pass_.is_known or before.rules.door is DoorMode.OPEN
            leads = [RANK[one.role] >= RANK[Role.COHOST] and not one.stranded_ms for one in _seats(before)]
            assert command.pass_.is_known or not before.rules.locks_alone or any(leads)


def the_door_is_kept_by_those_who_may(step: Step) -> None:
    """Words at the door are the guest's own or of somebody who keeps it."""
    command = step.command
    if isinstance(command, TellGuest) and command.by != command.member_id:
        role = step.before.members[command.by].role
        assert RANK[role] >= _KEEPS_ORDER or role is Role.GREETER


def ranks_hold(step: Step) -> None:
    """Nobody acts against an equal or higher rank, and roles come only from those who may give them."""
    before, command = step.before, step.command
    for who in set(step.after.members) & set(before.members):
        old, now = before.members[who], step.after.members[who]
        if old.role is not now.role:
            _role_was_given(step, old, now)
            step.given[who] = now.role
    for who in set(step.after.members) - set(before.members):
        asked = command.role if isinstance(command, JoinRoom | ResumeSeat) else Role.MEMBER
        given = {} if isinstance(command, JoinRoom) else step.given  # a join has a number of its own
        assert step.after.members[who].role is given.get(who, asked)
    if isinstance(command, MuteMember | RemoveMember | StepOut | BanMember):
        actor, other = before.members[command.by], before.members.get(command.member_id)
        assert RANK[actor.role] >= _KEEPS_ORDER
        assert other is None or RANK[actor.role] > RANK[other.role]
    if isinstance(command, RemoveBurst | LiftBan | LiftRemoval):
        assert RANK[before.members[command.by].role] >= _KEEPS_ORDER
    if isinstance(command, RemoveBurst | BanMember | RemoveMember):
        actor = before.members[command.by]
        gone = [before.members[who] for who in set(before.members) - set(step.after.members)]
        assert all(RANK[one.role] < RANK[actor.role] for one in gone)


def words_are_of_those_who_may(step: Step) -> None:
    """While the room is frozen only those who are trusted write, and chat is as a host set it."""
    before, command = step.before, step.command
    if isinstance(command, PostChat | WriteShare | WriteCaption | React):
        assert _is_trusted(before.members[command.by]) or not before.order.is_frozen
    if isinstance(command, WriteCaption):
        assert before.members[command.by].role is Role.CAPTIONER
    if isinstance(command, EraseCaption) and command.by != command.member_id:
        assert RANK[before.members[command.by].role] >= _KEEPS_ORDER
    if isinstance(command, PostChat):
        keeps_order = RANK[before.members[command.by].role] >= _KEEPS_ORDER
        assert before.order.chat is not ChatMode.OFF
        assert keeps_order or before.order.chat is not ChatMode.HOSTS


def signs_are_nobodys(step: Step) -> None:
    """Everybody inside is shown the same count, and the state knows no more than the count."""
    for _, shown in step.onlookers.inside():
        assert shown.reactions == step.after.reactions


def live_text_is_short(step: Step) -> None:
    """It is bounded, in lines and in letters, and an erased line stays without words."""
    assert len(step.after.captions) <= CAPTION_LINES
    assert all(len(one.text) <= CAPTION_MAX_CHARS for one in step.after.captions)
    erased = {(one.member_id, one.line) for one in step.before.captions if one.is_erased}
    for one in step.after.captions:
        assert not (one.text and (one.member_id, one.line) in erased)
        assert not (one.text and one.is_erased)


def _role_was_given(step: Step, old: Member, now: Member) -> None:
    before, command, who = step.before, step.command, old.member_id
    roster = step.known.passes.get(who, Pass()).may_be
    if isinstance(command, TakeLead):
        assert command.by == who
        assert who in {before.watch.asked, *before.watch.passed} or RANK[now.role] <= RANK[roster]
        return
    assert isinstance(command, GiveRole)
    actor = before.members[command.by]
    assert RANK[actor.role] >= RANK[Role.HOST]
    assert RANK[actor.role] > RANK[old.role]
    if now.role in _LEADING and RANK[roster] < RANK[now.role]:
        proposed = [(one.member_id, one.role) for one in before.proposals if one.by != command.by]
        assert (who, now.role) in proposed


def _came(step: Step) -> set[MemberId]:
    """Return who came from nowhere, or in from the door."""
    inside = set(step.after.members) - set(step.before.members)
    return inside | (set(_guests(step.after)) - set(_guests(step.before)) - set(step.before.members))


def _means(ban: Ban, known: Pass) -> bool:
    return bool(ban.device) and ban.device == known.device


def _led_here(ban: Ban, known: Pass, now_ms: int) -> bool:
    """Whether a ban that holds is of an invite that led here."""
    steps, root = known.branch.split("/"), ban.branch.split("/")
    return ban.until_ms > now_ms and bool(ban.branch) and steps[: len(root)] == root


def _seats(room: Room) -> tuple[Member, ...]:
    return tuple(room.members.values())


def _guests(room: Room) -> tuple[MemberId, ...]:
    return tuple(guest.member_id for guest in room.guests)


AFTER_EACH: Final[tuple[Callable[[Step], None], ...]] = (
    those_heard_are_those_the_rules_allow,
    those_heard_are_those_shown,
    those_apart_do_not_hear_or_read_each_other,
    no_keeper_of_order_is_kept_apart,
    nobody_opens_anothers_microphone,
    probation_holds,
    hands_and_share_are_of_the_seated,
    those_at_the_door_are_not_inside,
    those_removed_stay_out,
    those_banned_stay_out,
    doors_hold,
    the_door_is_kept_by_those_who_may,
    ranks_hold,
    words_are_of_those_who_may,
    signs_are_nobodys,
    live_text_is_short,
)
