"""Bencoding, as rtpengine's control protocol has it: text, numbers, lists, dictionaries."""

from collections.abc import Mapping, Sequence

Bencoded = str | int | Sequence["Bencoded"] | Mapping[str, "Bencoded"]


def write_bencoded(value: Bencoded) -> bytes:
    """Encode."""
    if isinstance(value, str):
        text = value.encode("utf-8")
        return b"%d:%b" % (len(text), text)
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, Mapping):
        pairs = (write_bencoded(key) + write_bencoded(value[key]) for key in sorted(value))
        return b"d" + b"".join(pairs) + b"e"
    return b"l" + b"".join(map(write_bencoded, value)) + b"e"


def read_bencoded(encoded: bytes) -> Bencoded:
    """Decode.

    Raises:
        ValueError: if it is none, or something follows it.
    """
    value, end = _read(encoded, 0)
    if end != len(encoded):
        raise ValueError("something follows")
    return value


def _read(encoded: bytes, at: int) -> tuple[Bencoded, int]:
    kind = encoded[at : at + 1]
    if kind == b"i":
        end = encoded.index(b"e", at)
        return int(encoded[at + 1 : end]), end + 1
    if kind in {b"l", b"d"}:
        found, at = [], at + 1
        while encoded[at : at + 1] != b"e":
            value, at = _read(encoded, at)
            found.append(value)
        if kind == b"l":
            return found, at + 1
        return {str(key): value for key, value in zip(found[::2], found[1::2], strict=True)}, at + 1
    colon = encoded.index(b":", at)
    end = colon + 1 + int(encoded[at:colon])
    return encoded[colon + 1 : end].decode("utf-8", errors="replace"), end
