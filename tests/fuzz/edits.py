"""Changed copies of inputs that get far."""

from random import Random
from typing import Final, NamedTuple

from tests.fuzz.target import NUMBER_WORDS, Target

INPUT_MAX_BYTES: Final = 4_096
_EDITS_MAX: Final = 6
_SLICE_MAX_BYTES: Final = 64


class Edit(NamedTuple):
    """One change: `how` at a place, with a number and a piece to put there."""

    how: int
    place: int
    number: int
    piece: bytes


def change(content: bytes, edits: list[Edit]) -> bytes:
    """Return a copy with all changes made, no longer than `INPUT_MAX_BYTES`."""
    out = bytearray(content)
    for edit in edits:
        at = edit.place % (len(out) + 1)
        end = at + edit.number % _SLICE_MAX_BYTES
        match edit.how % 6:
            case 0 if at < len(out):
                out[at] ^= 1 << edit.number % 8
            case 1 if at < len(out):
                out[at] = edit.number % 256
            case 2:
                out[at:at] = edit.piece
            case 3:
                out[at : at + len(edit.piece)] = edit.piece
            case 4:
                del out[at:end]
            case 5:
                out[at:at] = out[at:end]
            case _:
                out += edit.piece
    return bytes(out[:INPUT_MAX_BYTES])


class ByChance:
    """Draws inputs without end, from seeds and from whatever was kept later."""

    def __init__(self, target: Target, random: Random) -> None:
        self._kept = list(target.seeds)
        self._pieces = [*target.words, *NUMBER_WORDS]
        self._random = random

    def draw(self) -> bytes:
        """Return the next input."""
        draw = self._random
        content = draw.choice(self._kept)
        if draw.random() < 0.1:
            other = draw.choice(self._kept)
            content = content[: draw.randint(0, len(content))] + other[draw.randint(0, len(other)) :]
        edits = [self._edit() for _ in range(draw.randint(1, _EDITS_MAX))]
        return change(content, edits)

    def _edit(self) -> Edit:
        draw = self._random
        piece = draw.choice(self._pieces) if draw.random() < 0.7 else draw.randbytes(draw.randint(1, 8))
        return Edit(draw.randrange(6), draw.randint(0, INPUT_MAX_BYTES), draw.randrange(256), piece)
