"""Which names look alike.

A skeleton is made in the manner of Unicode Technical Standard 39, section 4: decompose, put the
prototype for every character, decompose again. On top of that, case is folded, whatever is unseen or
mere punctuation is left out, and digits and letters that pass for one another at a glance become one.
"""

import unicodedata
from collections.abc import Iterator
from typing import Final

from rooms.skeleton_table import GROUPS

_DROPPED: Final = frozenset({"Zs", "Zl", "Zp", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sk", "Me"})
_DROPPED_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and symbols that show nothing: fillers, and the empty Braille cell."""

_VARIATIONS: Final = (range(0xFE00, 0xFE10), range(0x180B, 0x1810), range(0xE0100, 0xE01F0))
_OVERLAY_CLASS: Final = 1  # combining class of strokes through a letter
_MORE_FORMS: Final = 4_096  # characters whose form is kept once met: several scripts in full

_AT_A_GLANCE: Final = {
    "i": "l",
    "1": "l",
    "0": "o",
    "3": "e",
    "4": "a",
    "5": "s",
    "7": "t",
    "8": "b",
    "$": "s",
    "@": "a",
    "m": "rn",
    "w": "vv",
    "\u028d": "rn",  # prototype of the small Cyrillic em
    "\u0138": "k",  # prototype of the small Cyrillic ka
}
_SMALL_CAPITALS: Final = {
    "\u1d00": "a",
    "\u0299": "b",
    "\u1d05": "d",
    "\u1d07": "e",
    "\ua730": "f",
    "\u0262": "g",
    "\u029c": "h",
    "\u1d0a": "j",
    "\u1d0b": "k",
    "\u029f": "l",
    "\u0274": "n",
    "\u1d18": "p",
    "\ua7af": "q",
    "\u0280": "r",
    "\ua731": "s",
    "\u1d1b": "t",
    "\u1d1c": "u",
    "\u028f": "y",
}
_LETTER_SIGNS: Final = (0x1F110, 0x1F130, 0x1F150, 0x1F170, 0x1F1E6)  # A to Z in circles, squares and flags


def _read_prototypes() -> dict[str, str]:
    prototypes = {}
    for group in GROUPS.rstrip("\n").split("\n"):
        prototype, chars = group.split("\t")
        prototypes.update(dict.fromkeys(chars, prototype))
    return prototypes


class _Forms(dict[int, str]):
    """What each character becomes in a skeleton, as `str.translate` wants it; found when first met."""

    def __init__(self) -> None:
        super().__init__()
        self._prototypes = _read_prototypes()

    def __missing__(self, code: int) -> str:
        form = self._shape(chr(code))
        if len(self) < _MORE_FORMS:
            self[code] = form
        return form

    def _shape(self, char: str) -> str:
        prototype = self._prototypes.get(char)
        if prototype is not None:
            return "".join(map(_finish, prototype))
        spread = _letter_of_sign(ord(char)) or unicodedata.normalize("NFKD", char)
        return _finish(char) if spread == char else "".join(map(self._shape, spread))


def _letter_of_sign(code: int) -> str:
    return next((chr(ord("a") + code - first) for first in _LETTER_SIGNS if first <= code < first + 26), "")


def _finish(prototype: str) -> str:
    folded = unicodedata.normalize("NFD", prototype.casefold())
    letters = (_SMALL_CAPITALS.get(char, char) for char in folded)
    return "".join(_AT_A_GLANCE.get(char, "" if _is_dropped(char) else char) for char in letters)


def _is_dropped(char: str) -> bool:
    category = unicodedata.category(char)
    if category in _DROPPED or category in _DROPPED_UNSEEN or char in BLANK:
        return True
    is_mark = category == "Mn"
    return is_mark and (
        unicodedata.combining(char) == _OVERLAY_CLASS or any(ord(char) in some for some in _VARIATIONS)
    )


_FORMS: Final = _Forms()
_BEFORE: Final = " @"  # how a name is called out, not how it is written
_BETWEEN: Final = "\n"  # between names that are looked at together


def _plain_table() -> tuple[bytes, bytes, tuple[tuple[bytes, bytes], ...]]:
    """Return what ASCII becomes: a table for `bytes.translate`, what is left out, and what spreads then."""
    table, dropped = bytearray(range(256)), bytearray()
    spread: dict[str, int] = {}
    for code in range(128):
        form = _FORMS[code]
        if chr(code) == _BETWEEN:
            continue
        if not form:
            dropped.append(code)
        else:
            table[code] = ord(form) if len(form) == 1 else spread.setdefault(form, code)
    return (
        bytes(table),
        bytes(dropped),
        tuple((bytes((code,)), form.encode()) for form, code in spread.items()),
    )


_PLAIN, _PLAIN_DROPPED, _PLAIN_SPREAD = _plain_table()


def skeletons(*names: str) -> frozenset[str]:
    """Return the forms under which names look like others: one does where they share a form.

    A name has two, since folding case may change what a letter looks like (a Greek capital Nu passes for
    N, the small one for v): folded as it looks, and as it looks once folded. Of a room's names most are
    plain ASCII, which has one; those are done all at once.
    """
    plain = [name for name in names if name.isascii() and _BETWEEN not in name]
    if len(plain) == len(names):
        return frozenset(_plain_forms(plain))
    others = (_forms_of(name) for name in names if not name.isascii() or _BETWEEN in name)
    return frozenset(_plain_forms(plain)).union(*others)


def _plain_forms(names: list[str]) -> Iterator[str]:
    text = _BETWEEN.join([name.lstrip(_BEFORE) for name in names]).encode()
    text = text.translate(_PLAIN, _PLAIN_DROPPED)
    for letter, form in _PLAIN_SPREAD:
        text = text.replace(letter, form)
    return (form or name for form, name in zip(text.decode().split(_BETWEEN), names, strict=False))


def _forms_of(name: str) -> frozenset[str]:
    text = unicodedata.normalize("NFD", name).lstrip(_BEFORE)
    shown = text.translate(_FORMS)
    if text.isascii():
        return frozenset((shown or name,))
    shown = unicodedata.normalize("NFD", shown)
    folded = unicodedata.normalize("NFD", unicodedata.normalize("NFD", text.casefold()).translate(_FORMS))
    return frozenset((shown, folded)) - {""} or frozenset((name,))


def look_alike(name: str, other: str) -> bool:
    """Whether the two names can be taken for one another."""
    return not skeletons(name).isdisjoint(skeletons(other))
