"""Marked chat lines: are all of them there, once, and in order?"""

import re
import time
from array import array
from typing import Final

_MARKED: Final = re.compile(r"line (\d+) of bot (\d+) at (\d+)")


def write_line(author: int, number: int) -> str:
    """A line with its author's mark, its number from 1, and CLOCK_MONOTONIC in ns."""
    return f"line {number} of bot {author} at {time.monotonic_ns()}"


def read_line(text: str) -> tuple[int, int] | None:
    """Return author and number of a marked line, or None for any other."""
    match = _MARKED.fullmatch(text)
    return (int(match[2]), int(match[1])) if match else None


class ChatRead:
    """What one bot read of the marked lines.

    Attributes:
        received: without duplicates.
        duplicates: lines that were there before.
        out_of_order: lines of an author that came after a later one of the same author.
        order: a sum over the lines in the order they came: equal for two bots that read the same.
        delays_ns: from writing to reading; only with `probes`.
    """

    __slots__ = ("_last", "_seen", "delays_ns", "duplicates", "order", "out_of_order", "probes", "received")

    def __init__(self, *, probes: bool = False) -> None:
        self.received = 0
        self.duplicates = 0
        self.out_of_order = 0
        self.order = 0
        self.delays_ns = array("q")
        self.probes = probes
        self._last: dict[int, int] = {}
        self._seen: set[tuple[int, int]] = set()

    def take(self, text: str) -> None:
        """Take a line's text; lines without a mark are not counted."""
        match = _MARKED.fullmatch(text)
        if match is None:
            return
        number, author, sent_ns = map(int, match.groups())
        if (author, number) in self._seen:
            self.duplicates += 1
            return
        self._seen.add((author, number))
        self.received += 1
        self.order = hash((self.order, author, number))
        if number < self._last.get(author, 0):
            self.out_of_order += 1
        self._last[author] = max(number, self._last.get(author, 0))
        if self.probes:
            self.delays_ns.append(time.monotonic_ns() - sent_ns)
