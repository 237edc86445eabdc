"""A node's copy of one room's record: kept up by commits, healed from the log where one was missed."""

from rooms.apply import apply
from rooms.facts import Commit
from rooms.model import Record, Revision


class RoomReplica:
    """Applies what follows and says when it has a hole. Holds no I/O: its owner reads the log."""

    __slots__ = ("has_hole", "record")

    def __init__(self, record: Record) -> None:
        """Start at a record read from the log."""
        self.record = record
        self.has_hole = False

    def take(self, epoch: int, commits: tuple[Commit, ...]) -> tuple[Commit, ...]:
        """Apply the commits that follow; return those. Known ones are passed over.

        A commit beyond the next one, or of another epoch, leaves `has_hole` set.
        """
        revision = self.record.revision
        if epoch != revision.epoch:
            self.has_hole = self.has_hole or epoch > revision.epoch
            return ()
        taken: list[Commit] = []
        for commit in commits:
            due = self.record.revision.seq + 1
            if commit.seq < due:
                continue
            if commit.seq > due:
                self.has_hole = True
                break
            self.record = apply(self.record, commit)
            taken.append(commit)
        return tuple(taken)

    def replace(self, record: Record) -> bool:
        """Stand where the log stands, if that is further on. Returns whether anything changed."""
        if record.revision <= self.record.revision:
            return False
        self.record = record
        return True

    @property
    def revision(self) -> Revision:
        """Where the copy stands."""
        return self.record.revision
