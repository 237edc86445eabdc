"""What a name or a line of chat may look like, and how it is written down.

Unicode is normalised to NFC (Unicode Standard Annex 15); characters that are unseen or turn the
reading direction are taken out (Unicode Technical Report 36, section 3.1, calls them spoofing).
"""

import re
import unicodedata
from typing import Final

from rooms.limits import CHAT_MAX_CHARS, NAME_MAX_CHARS, NAME_MAX_MARKS
from rooms.refusals import Refusal, RefusalCode
from rooms.skeleton import BLANK

_ZERO_WIDTH_JOINER: Final = "\u200d"  # holds emoji of several parts together
_LOOSE_JOINER: Final = re.compile(rf"{_ZERO_WIDTH_JOINER}(?=\s|\Z)")
_VARIATION_EMOJI: Final = "\ufe0f"
_TAKEN_OUT: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def read_name(text: str) -> str | Refusal:
    """Return the name as it will be shown, or why it cannot be one."""
    name = " ".join(_seen_only(text, keep="").split())
    letters = sum(1 for char in name if unicodedata.category(char)[0] in "LNSP")
    if not letters or len(name) > NAME_MAX_CHARS:
        return Refusal(code=RefusalCode.NAME_UNUSABLE)
    return name


def read_text(text: str, max_chars: int = CHAT_MAX_CHARS) -> str | Refusal:
    """Return a line of chat as it will be shown: its own line breaks are kept, blank ends are not."""
    line = _seen_only(text.replace("\r\n", "\n"), keep="\n").strip()
    if not line:
        return Refusal(code=RefusalCode.EMPTY_TEXT)
    if len(line) > max_chars:
        return Refusal(code=RefusalCode.TEXT_TOO_LONG)
    return line


def _seen_only(text: str, keep: str) -> str:
    out: list[str] = []
    marks = 0
    for char in unicodedata.normalize("NFC", text):
        if char in BLANK:
            continue
        category = unicodedata.category(char)
        if category in {"Mn", "Me"}:
            marks += 1
            if out and not out[-1].isspace() and _may_stand(char, marks, out[-1]):
                out.append(char)
            continue
        if char in keep or category not in _TAKEN_OUT or _joins_emoji(char, out):
            out.append(char)
        elif char in "\t\n\r":
            out.append(" ")
        else:
            continue  # the marks before and behind what is taken out stand in one row
        marks = 0
    seen = _LOOSE_JOINER.sub("", "".join(out))
    return unicodedata.normalize("NFC", seen)  # what was taken out may have stood between letter and mark


def _may_stand(mark: str, number: int, before: str) -> bool:
    """Whether the so-manieth mark in a row may stay; the one that asks for an emoji always may, once."""
    return before != _VARIATION_EMOJI if mark == _VARIATION_EMOJI else number <= NAME_MAX_MARKS


def _joins_emoji(char: str, before: list[str]) -> bool:
    """Whether a joiner follows an emoji, perhaps with marks on it: on a letter it is unseen."""
    if char != _ZERO_WIDTH_JOINER:
        return False
    carriers = (category for char in reversed(before) if (category := unicodedata.category(char)) != "Mn")
    return next(carriers, "") in {"So", "Sk"}
