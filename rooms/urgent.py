"""Commands that must not wait for the log: whoever is sent out or silenced is so at once, where they are.

While the log does not answer, a node lets them hold for its own sound and commits them when it can. See
docs/decisions/0016-when-redis-is-away.md.
"""

from collections.abc import Iterable
from typing import Final

from rooms.apply import apply
from rooms.commands import Command, MuteAll, MuteMember, RemoveMember, SetFreeze
from rooms.decide import decide
from rooms.facts import Commit
from rooms.host_commands import BanMember, BlockMember, RemoveBurst, StepOut
from rooms.ids import NO_MEMBER
from rooms.model import Record
from rooms.refusals import Refusal

_SILENCING: Final = MuteMember | MuteAll | RemoveMember | BanMember | RemoveBurst | StepOut | BlockMember


def is_urgent(command: Command) -> bool:
    """Whether the command takes somebody's voice or hearing away. What gives some back can wait."""
    return isinstance(command, _SILENCING) or (isinstance(command, SetFreeze) and command.on)


def in_effect(record: Record, commands: Iterable[Command], now_ms: int) -> tuple[Record, tuple[Commit, ...]]:
    """Return the record as if the commands had been carried out, and the commits that would have led there.

    It is nobody's truth: only what sound follows until the log says more. Refused commands change nothing.
    """
    commits: list[Commit] = []
    for command in commands:
        decision = decide(record, command, now_ms)
        if isinstance(decision, Refusal):
            continue
        for fact in decision:
            commit = Commit(seq=record.revision.seq + 1, at_ms=now_ms, by=NO_MEMBER, n=0, fact=fact)
            record = apply(record, commit)
            commits.append(commit)
    return record, tuple(commits)
