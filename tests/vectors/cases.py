"""What a case of room.json and order.json is, and how the files are written and read.

Most rooms stand in a file once: where a case begins as an earlier one has ended, `before` is that case's
number, counted from 0.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from rooms.facts import Commit
from rooms.model import Room


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one viewer is shown of one step of a story.

    Attributes:
        name: of the step.
        viewer: of the one who is shown it.
        before: the room as shown before it, None where there is none.
        commits: as shown.
        after: the room as shown afresh after them; None: it is closed.
    """

    name: str
    viewer: str
    before: Room | None
    commits: tuple[Commit, ...]
    after: Room | None


class _Written(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    viewer: str
    before: Room | int | None
    commits: tuple[Commit, ...]
    after: Room | None


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    cases: list[_Written]


def text(cases: Sequence[Case]) -> bytes:
    """Return a file's text: one line for each case."""
    number_of: dict[bytes, int] = {}
    lines = []
    for number, case in enumerate(cases):
        begun = number_of.get(msgspec.json.encode(case.before), case.before)
        parts = {**msgspec.structs.asdict(case), "before": begun}
        lines.append(msgspec.json.encode(parts))
        if case.after is not None:
            number_of[msgspec.json.encode(case.after)] = number
    return b'{"cases":[\n' + b",\n".join(lines) + b"\n]}\n"


def read(path: Path) -> list[Case]:
    """Return the cases of a file."""
    written = msgspec.json.decode(path.read_bytes(), type=_File).cases
    return [
        Case(
            name=case.name,
            viewer=case.viewer,
            before=written[case.before].after if isinstance(case.before, int) else case.before,
            commits=case.commits,
            after=case.after,
        )
        for case in written
    ]
