"""Words beside the sound."""

from rooms.commands import ExpireChat, PostChat, RetractChat
from rooms.facts import ChatExpired, ChatPosted, ChatRetracted
from rooms.limits import CHAT_WINDOW_MS
from rooms.names import read_text
from rooms.refusals import Refusal, RefusalCode
from rooms.roles import Ability
from rooms.sitting import Decision, Sitting, actor_with, refuse, rule_for


@rule_for.register
def post_chat(command: PostChat, sitting: Sitting) -> Decision:
    """Write a line."""
    actor = actor_with(sitting, command.by, Ability.POST_CHAT)
    if isinstance(actor, Refusal):
        return actor
    text = read_text(command.text)
    if isinstance(text, Refusal):
        return text
    return (ChatPosted(member_id=command.by, n=command.n, name=actor.name, text=text),)


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
