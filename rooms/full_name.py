"""Whether a name looks like the one in a passport. The page warns of it, the server does not refuse it."""

import re
import unicodedata
from typing import Final

_WORDS_MIN: Final = 2
_WORDS_MAX: Final = 4
_FIRST_MIN_LETTERS: Final = 2  # an initial is no name
_LAST_MIN_LETTERS: Final = 3
_PARTICLE_WORDS: Final = "de da di do dos das del della la le van von der den ter bin ibn al el y e"
_PARTICLES: Final = frozenset(_PARTICLE_WORDS.split())
_JOINT: Final = re.compile("['\u2019-]")


def looks_like_full_name(name: str) -> bool:
    """Whether a name looks like "First Last": two to four words, each with its capital."""
    words = unicodedata.normalize("NFC", name).split()
    if not _WORDS_MIN <= len(words) <= _WORDS_MAX:
        return False
    first, *middle, last = words
    if len(first) < _FIRST_MIN_LETTERS or len(last) < _LAST_MIN_LETTERS:
        return False
    ends = _is_proper(first) and _is_proper(last)
    return ends and all(word in _PARTICLES or _is_proper(word) for word in middle)


def _is_proper(word: str) -> bool:
    """Whether it is written as names are: Maya, O'Neil, Anna-Maria, MAYA."""
    parts = _JOINT.split(word)
    in_capitals = len(word) >= _LAST_MIN_LETTERS and all(map(str.isupper, "".join(parts)))
    return in_capitals or all(part[:1].isupper() and all(map(str.islower, part[1:])) for part in parts)
