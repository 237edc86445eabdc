"""Words beside the sound."""

from rooms.commands import ExpireChat, PostChat, RetractChat
from rooms.facts import ChatExpired, ChatPosted, ChatRetracted
from rooms.limits import CHAT_WINDOW_MS
from rooms.model import ChatMode, Member
from rooms.names import read_text
from rooms.refusals import Refusal, RefusalCode
from rooms.roles import Ability, is_trusted, may
from rooms.sitting import Decision, Sitting, actor_with, refuse, rule_for


@rule_for.register
def post_chat(command: PostChat, sitting: Sitting) -> Decision:
    """Write a line."""
    actor = actor_with(sitting, command.by, Ability.POST_CHAT)
    if isinstance(actor, Refusal):
        return actor
    text = _closed_to(sitting, actor) or read_text(command.text)
    if isinstance(text, Refusal):
        return text
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
    wait_ms = 0 if trusted else actor.wrote_ms + order.slow_ms - sitting.now_ms
    return Refusal(code=RefusalCode.TOO_FAST, retry_ms=wait_ms) if wait_ms > 0 else None


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
    """Forget the lines older than the window."""
    del command
    oldest_ms = sitting.now_ms - CHAT_WINDOW_MS
    expired = [line.seq for line in sitting.room.chat if line.sent_ms < oldest_ms]
    return (ChatExpired(through_seq=max(expired)),) if expired else ()
