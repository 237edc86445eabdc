"""What a fuzz target is: one reader of what anybody may send, and what must be true of any bytes at all."""

import asyncio
import atexit
from collections.abc import Callable, Coroutine, Iterator
from functools import cache
from typing import NamedTuple, TypeVar

_Result = TypeVar("_Result")


class Target(NamedTuple):
    """One reader under fuzzing.

    Attributes:
        name: in reports, and of its folder of inputs.
        take: reads one input; raises, whatever it may be, only where something is wrong with the reader.
        seeds: inputs that get far, to start from.
        readers: modules whose lines an input can reach; behind a colon how their functions' names begin.
        words: byte strings that mean something to the reader.
        max_bytes: of an input; few where time goes by length and a short input reaches every line.
    """

    name: str
    take: Callable[[bytes], object]
    seeds: tuple[bytes, ...]
    readers: tuple[str, ...]
    words: tuple[bytes, ...] = ()
    max_bytes: int = 4_096


JSON_WORDS = (
    b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"null", b"true", b"false", b"NaN", b"Infinity", b"-0",
    b"1e999", b"1.5", b"9007199254740993", b"9223372036854775807", b"18446744073709551616", b"-1", b"0",
    b"\\u0000", b"\\ud800", b"\\u202e", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b'"__proto__":',
    b"[" * 1_100, b'{"a":' * 1_100, b"1" * 400,
)  # fmt: skip
"""Pieces of JSON that readers have stumbled over somewhere; the long ones nest deeper than a stack."""

NUMBER_WORDS = (
    b"\0",
    b"\xff",
    b"\x7f",
    b"\x80",
    b"\0\0",
    b"\xff\xff",
    b"\x7f\xff",
    b"\x80\0",
    b"\xff" * 4,
    b"\0" * 8,
)
"""Numbers at the edges of one, two, four and eight bytes."""


def chunks(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Cut an input into steps: a byte that says what to do, a length in one byte, and so many bytes.

    Contents of more than 255 bytes are written in parts: behind a part of 255 another length comes.
    """
    at = 0
    while at + 1 < len(content):
        kind, size = content[at], content[at + 1]
        at += 2
        body = content[at : at + size]
        at += size
        while size == 255 and at < len(content):
            size = content[at]
            body += content[at + 1 : at + 1 + size]
            at += 1 + size
        yield kind, body


def step(kind: int, body: bytes) -> bytes:
    """Write one step, as `chunks` reads it."""
    lengths = [255] * (len(body) // 255) + [len(body) % 255]
    written, at = bytes((kind,)), 0
    for size in lengths:
        written += bytes((size,)) + body[at : at + size]
        at += size
    return written


@cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    atexit.register(loop.close)
    return loop


def run(coming: Coroutine[object, object, _Result]) -> _Result:
    """Wait for something on a loop that all targets share: one for each input would cost too much."""
    return _loop().run_until_complete(coming)
