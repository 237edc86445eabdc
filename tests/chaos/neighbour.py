"""A node of another version: `python -m tests.chaos.neighbour --writes 1 --reads 1,2 serve --config ...`.

It is this tree's server, but that it has other numbers of the bus' versions; with `--more` it also adds, to
every struct that nodes write for each other, a field that this tree does not know.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from server import cli, tickets
from server.bus import directory, envelope, redis_log

MORE: Final = "of_a_later_version"


def grown(value: object) -> object:
    """Return a value as it is encoded, with one thing more in each struct that is in it."""
    if isinstance(value, msgspec.Struct):
        names = zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True)
        fields: dict[str, object] = {encoded: grown(getattr(value, name)) for encoded, name in names}
        config = value.__struct_config__
        if config.array_like:
            return [*fields.values(), {MORE: True}]
        if config.tag_field is not None:
            fields[config.tag_field] = config.tag
        return {**fields, MORE: [1, "two"]}
    if isinstance(value, dict):
        return {key: grown(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [grown(part) for part in value]
    return value


class GrowingEncoder:
    """Encodes as another encoder does, with more in it."""

    def __init__(self, encode: Callable[[object], bytes]) -> None:
        self._encode = encode

    def encode(self, value: object) -> bytes:
        """Return the bytes."""
        return self._encode(grown(value))


def be_another(writes: int, reads: Sequence[int], *, has_more: bool) -> None:
    """Make this process a node of another version."""
    vars(envelope).update(WRITES=writes, READS=frozenset(reads))
    if not has_more:
        return
    packed = GrowingEncoder(msgspec.msgpack.Encoder().encode)
    text = GrowingEncoder(msgspec.json.Encoder().encode)
    vars(envelope)["_encoder"] = packed
    vars(redis_log)["_encoder"] = packed
    vars(directory)["_encoder"] = packed

    def write(office: tickets.TicketOffice, ticket: msgspec.Struct) -> str:
        return office._fernet.encrypt(text.encode(ticket)).decode()

    type.__setattr__(tickets.TicketOffice, "write", write)


def main(arguments: Sequence[str]) -> int:
    """Be it, and carry out a command of `lamplit`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writes", type=int, required=True)
    parser.add_argument("--reads", required=True, help="versions, with commas between them")
    parser.add_argument("--more", action="store_true")
    chosen, rest = parser.parse_known_args(arguments)
    be_another(chosen.writes, [int(one) for one in chosen.reads.split(",")], has_more=chosen.more)
    return cli.main(rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
