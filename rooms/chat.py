"""Words beside the sound."""

from rooms.commands import ExpireChat, PostChat, RetractChat
from rooms.contacts import looks_like_contact
from rooms.facts import ChatExpired, ChatPosted, ChatRetracted, Fact, HeldDropped, LineHeld
from rooms.host_commands import DropLine, ReleaseLine
from rooms.ids import MemberId
from rooms.limits import CAPTION_WINDOW_MS, CHAT_WINDOW_MS, HELD_MAX, HELD_MAX_OF_ONE, HELD_RETRY_MS
from rooms.live_facts import CaptionsExpired
from rooms.model import ChatLine, ChatMode, Member
from rooms.names import read_text
from rooms.refusals import Refusal, RefusalCode
from rooms.roles import Ability, is_trusted, may
from rooms.sitting import Decision, Sitting, actor_with, refuse, rule_for


@rule_for.register
def post_chat(command: PostChat, sitting: Sitting) -> Decision:
    """Write a line; one with a contact in it waits for a host where the room's rules say so."""
    actor = actor_with(sitting, command.by, Ability.POST_CHAT)
    if isinstance(actor, Refusal):
        return actor
    text = _closed_to(sitting, actor) or read_text(command.text)
    if isinstance(text, Refusal):
        return text
    if sitting.room.rules.holds_contacts and not is_trusted(actor.role) and looks_like_contact(text):
        return _hold(sitting, actor, command.n, text)
    return (ChatPosted(member_id=command.by, n=command.n, name=actor.name, text=text),)


def _closed_to(sitting: Sitting, actor: Member) -> Refusal | None:
    """Return why the member may not write now."""
    order = sitting.room.order
    trusted = is_trusted(actor.role)
    if order.is_frozen and not trusted:
        return refuse(RefusalCode.FROZEN)
    keeps_order = may(actor.role, Ability.KEEP_ORDER)
    if order.chat is ChatMode.OFF or (order.chat is ChatMode.HOSTS and not keeps_order):
        return refuse(RefusalCode.CHAT_CLOSED)
    if trusted or not order.slow_ms:
        return None
    wrote_ms = max([actor.wrote_ms, *(line.sent_ms for line in _waiting(sitting, actor.member_id))])
    wait_ms = wrote_ms + order.slow_ms - sitting.now_ms
    return Refusal(code=RefusalCode.TOO_FAST, retry_ms=wait_ms) if wait_ms > 0 else None


def _hold(sitting: Sitting, actor: Member, n: int, text: str) -> Decision:
    is_full = len(sitting.room.held) >= HELD_MAX
    if is_full or len(_waiting(sitting, actor.member_id)) >= HELD_MAX_OF_ONE:
        return Refusal(code=RefusalCode.TOO_FAST, retry_ms=HELD_RETRY_MS)
    return (LineHeld(member_id=actor.member_id, n=n, name=actor.name, text=text),)


def _waiting(sitting: Sitting, member_id: MemberId) -> list[ChatLine]:
    return [line for line in sitting.room.held if line.member_id == member_id]


@rule_for.register
def release_line(command: ReleaseLine, sitting: Sitting) -> Decision:
    """Let a line through that was held, in its author's name."""
    actor = actor_with(sitting, command.by, Ability.KEEP_ORDER)
    if isinstance(actor, Refusal):
        return actor
    line = _held(sitting, command.seq)
    if line is None:
        return refuse(RefusalCode.NO_SUCH_LINE)
    return (
        ChatPosted(
            member_id=line.member_id,
            n=line.n,
            name=line.name,
            text=line.text,
            held_seq=line.seq,
        ),
    )


@rule_for.register
def drop_line(command: DropLine, sitting: Sitting) -> Decision:
    """Drop a line that was held: as somebody who keeps order, or as its author."""
    actor = sitting.seat(command.by)
    if actor is None:
        return refuse(RefusalCode.NOT_A_MEMBER)
    line = _held(sitting, command.seq)
    keeps_order = may(actor.role, Ability.KEEP_ORDER)
    if line is None or not (keeps_order or line.member_id == command.by):
        return refuse(RefusalCode.NO_SUCH_LINE)  # others' held lines are shown to nobody else
    return (HeldDropped(line_seq=line.seq, member_id=line.member_id),)


def _held(sitting: Sitting, seq: int) -> ChatLine | None:
    return next((line for line in sitting.room.held if line.seq == seq), None)


@rule_for.register
def retract_chat(command: RetractChat, sitting: Sitting) -> Decision:
    """Take back an own line; taking it back twice is the same."""
    if sitting.seat(command.by) is None:
        return refuse(RefusalCode.NOT_A_MEMBER)
    for line in sitting.room.chat:
        if line.seq == command.seq and line.member_id == command.by:
            return () if line.retracted else (ChatRetracted(line_seq=command.seq),)
    return refuse(RefusalCode.NO_SUCH_LINE)


@rule_for.register
def expire_chat(command: ExpireChat, sitting: Sitting) -> Decision:
    """Forget the lines older than the window, those that were held as well, and live text of minutes ago."""
    del command
    oldest_ms = sitting.now_ms - CHAT_WINDOW_MS
    expired = [line.seq for line in sitting.room.chat if line.sent_ms < oldest_ms]
    facts: list[Fact] = [ChatExpired(through_seq=max(expired))] if expired else []
    facts += [
        HeldDropped(line_seq=line.seq, member_id=line.member_id)
        for line in sitting.room.held
        if line.sent_ms < oldest_ms
    ]
    written = [one.seq for one in sitting.room.captions if sitting.now_ms - one.at_ms > CAPTION_WINDOW_MS]
    facts += [CaptionsExpired(through_seq=max(written))] if written else []
    return tuple(facts)
