"""Write rooms/skeleton_table.py, the look-alikes of Unicode, from the package confusable-homoglyphs.

    python tools/skeleton_table.py

The package holds Unicode's confusables.txt as pairs; which of two is the prototype is told by its shape:
every character has one prototype, a prototype has many, and of a lone pair the prototype comes second.
Left out is whatever follows from normalisation (full width, mathematical letters, Arabic ligatures).
"""

import importlib.resources
import json
import unicodedata
from collections import defaultdict
from pathlib import Path
from typing import Final

PATH: Final = Path(__file__).resolve().parent.parent / "rooms" / "skeleton_table.py"
_LINE_CHARS: Final = 104
_HEAD: Final = '''"""Which characters look like which. Written by tools/skeleton_table.py; not to be edited.

Each line of `GROUPS` is a prototype, a tab, and the characters that look like it, after the table
confusables.txt of Unicode Technical Standard 39. Copyright 1991 and later Unicode, Inc. The table is used
under the Unicode License V3, https://www.unicode.org/license.txt: its copyright notice and permission
notice stay with every copy.
"""

from typing import Final

GROUPS: Final = (
'''
_READING_MARK: Final = "\u200e"  # confusables.txt wraps right-to-left characters in it


def read_prototypes() -> dict[str, str]:
    """Return the prototype of every character that has one."""
    source = importlib.resources.files("confusable_homoglyphs").joinpath("confusables.json")
    pairs = json.loads(source.read_text(encoding="utf-8"))
    near: dict[str, set[str]] = defaultdict(set)
    for text, others in pairs.items():
        near[text.strip(_READING_MARK)] |= {other["c"].strip(_READING_MARK) for other in others}
    place = {text.strip(_READING_MARK): number for number, text in enumerate(pairs)}
    prototypes = {}
    for char, looks_like in near.items():
        if len(char) != 1 or len(looks_like) != 1:
            continue
        (other,) = looks_like
        is_lone_pair = len(other) == 1 and len(near[other]) == 1
        if not is_lone_pair or place[char] < place[other]:
            prototypes[char] = other
    return prototypes


def shorten(prototypes: dict[str, str]) -> dict[str, str]:
    """Leave out what normalisation finds by itself, and what is dropped from a skeleton on both sides."""

    def shape(text: str) -> str:
        parts = unicodedata.normalize("NFD", text)
        return unicodedata.normalize("NFD", "".join(prototypes.get(char, char) for char in parts))

    kept = {}
    for char, prototype in prototypes.items():
        if unicodedata.normalize("NFD", char) != char:
            continue  # never looked up
        spread = unicodedata.normalize("NFKD", char)
        if spread != char and shape(spread) == shape(prototype):
            continue
        if all(unicodedata.category(one)[0] in "PZC" for one in char + prototype):
            continue
        kept[char] = prototype
    return kept


def write_table() -> str:
    """Return the module's text."""
    groups: dict[str, list[str]] = defaultdict(list)
    for char, prototype in shorten(read_prototypes()).items():
        groups[prototype].append(char)
    lines = [f"{prototype}\t{''.join(sorted(chars))}\n" for prototype, chars in sorted(groups.items())]
    text = [_HEAD]
    row = ""
    for char in "".join(lines):
        piece = char if char.isalnum() and char.isascii() else char.encode("unicode_escape").decode()
        piece = '\\"' if piece == '"' else piece
        if len(row) + len(piece) > _LINE_CHARS:
            text.append(f'    "{row}"\n')
            row = ""
        row += piece
    text.append(f'    "{row}"\n)\n')
    return "".join(text)


def main() -> None:
    """Write the file."""
    PATH.write_text(write_table(), encoding="utf-8")


if __name__ == "__main__":
    main()
