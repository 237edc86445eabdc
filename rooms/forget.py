"""What a log may go on holding of a line that is no longer shown: its place, not its words."""

from msgspec.structs import replace

from rooms.facts import ChatExpired, ChatPosted, ChatRetracted, Commit, LineErased
from rooms.model import Room


def withdrawn_lines(before: Room, after: Room, commit: Commit) -> frozenset[int]:
    """Return the seqs of the lines whose words this commit took away.

    A commit takes words away by taking a line back, by expiry, or by pushing the oldest line out
    of the window.
    """
    if not isinstance(commit.fact, ChatPosted | ChatRetracted | ChatExpired | LineErased):
        return frozenset()
    shown = {line.seq for line in after.chat if not line.retracted}
    return frozenset(line.seq for line in before.chat if line.seq not in shown)


def without_words(commit: Commit, room: Room) -> Commit:
    """Return the commit of a withdrawn line as late readers may have it.

    Applied in its place it still leads to the same room: a line that was taken back keeps its
    author's name, one that is gone keeps nothing.
    """
    fact = commit.fact
    if not isinstance(fact, ChatPosted):
        return commit
    is_shown = any(line.seq == commit.seq for line in room.chat)
    return replace(commit, fact=replace(fact, text="", name=fact.name if is_shown else ""))
