"""What a log may go on holding of a line that is no longer shown: its place, not its words."""

from msgspec.structs import replace

from rooms.facts import ChatExpired, ChatPosted, ChatRetracted, Commit, LineErased, ShareWritten
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


def shown_share(after: Room, commit: Commit, shown_seq: int) -> int:
    """Return the seq of the commit whose words of a share in writing are shown now, 0 for none.

    `shown_seq` is what this returned for the commit before. Where it changes, the words of that
    older commit are withdrawn: newer ones took their place, or the share is over.
    """
    share = after.floor.share
    if share is None or not share.text:
        return 0
    fact = commit.fact
    is_newer = isinstance(fact, ShareWritten) and fact.member_id == share.member_id
    return commit.seq if is_newer else shown_seq


def without_words(commit: Commit, room: Room) -> Commit:
    """Return the commit of withdrawn words as late readers may have it.

    Applied in its place it still leads to the same room: a line that was taken back keeps its
    author's name, one that is gone keeps nothing; of a share in writing the words are gone.
    """
    fact = commit.fact
    if isinstance(fact, ShareWritten):
        return replace(commit, fact=replace(fact, text=""))
    if not isinstance(fact, ChatPosted):
        return commit
    is_shown = any(line.seq == commit.seq for line in room.chat)
    return replace(commit, fact=replace(fact, text="", name=fact.name if is_shown else ""))
