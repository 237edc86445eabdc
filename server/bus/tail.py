"""One room's record and its last commits, as a log in memory or a node of a cluster keeps them."""

from collections import deque
from collections.abc import Iterable

from rooms.apply import apply
from rooms.facts import Commit, ShareWritten
from rooms.forget import loses_words, shown_share, withdrawn_lines, withdrawn_words, without_words
from rooms.limits import LOG_MAX_COMMITS
from rooms.model import Record, Revision
from server.ports import Missing


class RoomTail:
    """Grows by commits, and forgets at each of them the words that it took away.

    Attributes:
        record: where it stands.
        commits: the last ones, oldest first.
        has_lost_older: whether what it grew by last took words away whose commit is not kept any more: then
            they are in nothing but older records.
    """

    __slots__ = ("_share_seq", "commits", "has_lost_older", "record")

    def __init__(self, record: Record, commits: Iterable[Commit] = ()) -> None:
        """Start at a record, with the commits that led to it as far back as they are known, oldest first."""
        self.record = record
        self.commits: deque[Commit] = deque(commits, maxlen=LOG_MAX_COMMITS)
        self._share_seq = self._find_share()
        self.has_lost_older = False

    @property
    def revision(self) -> Revision:
        """Where the record stands."""
        return self.record.revision

    def copy(self) -> "RoomTail":
        """Return another one that stands where this does, and grows by itself."""
        copy = RoomTail(self.record, self.commits)
        copy._share_seq = self._share_seq
        return copy

    def grow(self, commits: Iterable[Commit]) -> tuple[Commit, ...]:
        """Take the next commits; return older ones and these without the words that are shown no longer.

        Raises:
            ValueError: they are not the next ones.
        """
        steps, taken = [self.record], tuple(commits)
        for commit in taken:
            steps.append(apply(steps[-1], commit))
        self.commits.extend(taken)
        self.record = steps[-1]
        bare: dict[int, Commit] = {}
        self.has_lost_older = False
        for commit, before, after in zip(taken, steps, steps[1:], strict=False):
            bare |= self._forget(before, after, commit)
        first = self.commits[0].seq if self.commits else 0
        return tuple(commit for seq, commit in sorted(bare.items()) if seq >= first)

    def since(self, revision: Revision) -> tuple[Commit, ...] | Missing:
        """Return every commit after the revision. See `server.ports.RoomLog.since`."""
        newest = self.record.revision
        first = self.commits[0].seq if self.commits else newest.seq + 1
        known = first - 1 <= revision.seq <= newest.seq
        if revision.epoch != newest.epoch or not known:
            return Missing()
        return tuple(commit for commit in self.commits if commit.seq > revision.seq)

    def _forget(self, before: Record, after: Record, commit: Commit) -> dict[int, Commit]:
        """Take words that are no longer shown out of what late readers are given.

        Of a meeting that is over nothing is kept but that it is: whoever missed more takes a snapshot.
        """
        bare: dict[int, Commit] = {}
        if before.room is None:
            return bare
        if after.room is None:
            while self.commits[0].seq < commit.seq:
                self.commits.popleft()
            self._share_seq = 0
            return bare
        first = self.commits[0].seq
        written = {self._share_seq, commit.seq if isinstance(commit.fact, ShareWritten) else 0}
        self._share_seq = shown_share(after.room, commit, self._share_seq)
        withdrawn = withdrawn_lines(before.room, after.room, commit) | (written - {self._share_seq})
        if first > 1:
            self.has_lost_older |= any(0 < seq < first for seq in withdrawn)
            self.has_lost_older |= loses_words(before.room, after.room, commit)
        known = (old for old in self.commits if old.seq <= commit.seq)
        for seq in withdrawn | withdrawn_words(before.room, after.room, commit, known):
            if seq >= first:
                bare[seq] = self.commits[seq - first] = without_words(self.commits[seq - first], after.room)
        return bare

    def _find_share(self) -> int:
        """Return the seq of the commit whose words of a share are shown, 0 for none that is known."""
        room = self.record.room
        share = room.floor.share if room else None
        if share is None or not share.text:
            return 0
        written = (
            old.seq
            for old in reversed(self.commits)
            if isinstance(old.fact, ShareWritten) and old.fact.member_id == share.member_id
        )
        return next(written, 0)
