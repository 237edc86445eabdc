"""Whether a text holds a way to reach somebody outside the room.

A line that looks like it may be held for those who keep order; nothing is refused for it. So a miss costs
little, and a false alarm little more. Whoever wants to get a number through will; this is for the usual
ways, written plainly, spaced out, spelled ("at", "dot", "arroba", "punto") or in another script's digits.

`web/src/contacts.ts` follows the same rules; tests/vectors/contacts.json holds both to them. Patterns have
bounded repeats and no two ways to match the same text: the time is linear in the text's length.
"""

import re
import unicodedata
from enum import StrEnum
from typing import Final

from rooms.phones import holds_phone
from rooms.street import holds_street_address


class ContactKind(StrEnum):
    """What a text seems to hold."""

    EMAIL = "email"
    LINK = "link"
    PHONE = "phone"
    HANDLE = "handle"
    ADDRESS = "address"


_ZEROS: Final = (
    0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xE50, 0xED0,
    0xF20, 0x1040, 0x17E0, 0x1810,
)  # fmt: skip
"""The zeros of the scripts whose digits NFKC leaves as they are."""

_DIGITS: Final = {zero + digit: str(digit) for zero in _ZEROS for digit in range(10)}

# Endings that are no words of English or Spanish: "done.it was" and "hola.es" are sentences.
_ENDINGS: Final = (
    "com|net|org|edu|gov|info|biz|io|app|dev|xyz|gg|ly|tv|ai|co|"
    "uk|ca|au|nz|ie|mx|cl|br|nl|pl|ru|ua|eu|fr|jp|cn"
)
_AT: Final = re.compile(r" ?[\[({<] ?(?:at|arroba) ?[\])}>] ?")
_DOT: Final = re.compile(r" ?[\[({<] ?(?:dot|punto|\.) ?[\])}>] ?")
_SPACED: Final = re.compile(r"(?<![a-z0-9])([a-z]) (?=[a-z](?![a-z0-9]))")
_BEFORE_AT: Final = re.compile(r"[a-z0-9_] {0,2}$")
_DOMAIN: Final = re.compile(r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,3}\.[a-z]{2,24}")
_LOOSE_DOMAIN: Final = re.compile(
    r" {0,2}[a-z0-9-]{1,63}(?:(?: ?\. ?| dot | punto )[a-z0-9-]{1,63}){0,2}"
    rf"(?: ?\. ?| dot | punto )(?:{_ENDINGS}|es|de|me|us)(?![a-z0-9-])"
)
_SPELLED_EMAIL: Final = re.compile(
    r"[a-z0-9_] (?:at|arroba) [a-z0-9-]{2,63}(?: ?\. ?| dot | punto )"
    rf"(?:{_ENDINGS}|es|de)(?![a-z0-9-])"
)
_LINKS: Final = (
    re.compile(r"(?:https?|hxxps?|ftp) ?: ?/ ?/"),
    re.compile(r"(?<![a-z0-9])www ?\. ?[a-z0-9]"),
    re.compile(rf"[a-z0-9-]{{2}}\.(?:{_ENDINGS})(?![a-z0-9-])"),
    re.compile(r"[a-z0-9]\.[a-z]{2,24}/[a-z0-9_+@?#=-]"),
    re.compile(r"[a-z0-9-]{2} ?\. ?(?:com|net|org)(?![a-z0-9-])"),
)
_SPELLED_LINK: Final = re.compile(r"([a-z0-9-]{2,63}) (?:dot|punto) (?:com|net|org|info)(?![a-z0-9-])")
_NO_DOMAIN: Final = frozenset({"the", "that", "this", "el", "un", "of", "de"})
_MENTION: Final = re.compile(r"(?<![a-z0-9._@])@([a-z][a-z0-9_.]{2,30})")
_HANDLES: Final = (
    re.compile(r"[a-z0-9_.]{2}#[0-9]{4}(?![0-9])"),
    re.compile(r"(?<![a-z0-9/])u/[a-z0-9_-]{3}"),
)
_PLACE: Final = re.compile(
    r"(?<![a-z0-9])(?:insta|instagram|ig|snap|snapchat|telegram|whatsapp|discord|kik|wechat|skype|facebook|"
    r"fb|messenger|tiktok|twitter|venmo|cashapp|cash app|paypal|zelle|onlyfans|reddit|signal)(?![a-z])"
    r"(?: (?:id|handle|user|username|name|is|es|me|at|under|as)){0,3}"
    r"(?:( ?[:=@] ?@?)| )([a-z][a-z0-9_.]{2,40})"
)
_TELLING: Final = re.compile(r"[0-9_]|\.[a-z0-9]")
_NEAR_CHARS: Final = 200


def looks_like_contact(text: str) -> ContactKind | None:
    """Return what kind of contact the text seems to hold, or None."""
    shown = plain(text)
    lower = shown.lower()
    spelled = _SPACED.sub(r"\1", _DOT.sub(".", _AT.sub("@", lower)))
    if _holds_email(spelled):
        return ContactKind.EMAIL
    if _holds_link(spelled):
        return ContactKind.LINK
    if holds_phone(lower):
        return ContactKind.PHONE
    if _holds_handle(lower):
        return ContactKind.HANDLE
    return ContactKind.ADDRESS if holds_street_address(shown) else None


def plain(text: str) -> str:
    """Return the text in compatibility form, nothing in it unseen, with ASCII digits and single spaces."""
    seen = "".join(char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf")
    return " ".join(seen.translate(_DIGITS).split())


def _holds_email(text: str) -> bool:
    at = text.find("@")
    while at >= 0:
        if _BEFORE_AT.search(text[max(0, at - 3) : at]):
            after = text[at + 1 : at + 1 + _NEAR_CHARS]
            if _DOMAIN.match(after) or _LOOSE_DOMAIN.match(after):
                return True
        at = text.find("@", at + 1)
    return _SPELLED_EMAIL.search(text) is not None


def _holds_link(text: str) -> bool:
    if any(pattern.search(text) for pattern in _LINKS):
        return True
    return any(match[1] not in _NO_DOMAIN for match in _SPELLED_LINK.finditer(text))


def _holds_handle(text: str) -> bool:
    """Whether there is a name in another place; "@Maya" alone speaks to somebody in the room."""
    if any(pattern.search(text) for pattern in _HANDLES):
        return True
    if any(_TELLING.search(match[1]) for match in _MENTION.finditer(text)):
        return True
    return any(match[1] or _TELLING.search(match[2]) for match in _PLACE.finditer(text))
