"""Names that claim a role, and names that only dress up another's.

Whoever is not trusted with a role cannot wear its word. The lists are English and Spanish, the languages
of the page; a word counts however it is written (case, look-alikes, marks, digits, spaces between).
"""

import unicodedata
from collections.abc import Iterator
from typing import Final

from rooms.skeleton import skeletons

_WORDS: Final = [
    "host",
    "cohost",
    "hosts",
    "cohosts",
    "admin",
    "admins",
    "administrator",
    "administration",
    "moderator",
    "moderators",
    "mod",
    "mods",
    "support",
    "staff",
    "zoom",
    "lamplit",
    "system",
    "security",
    "official",
    "officer",
    "operator",
    "organizer",
    "organiser",
    "facilitator",
    "chairperson",
    "chairman",
    "chairwoman",
    "secretary",
    "greeter",
    "timekeeper",
    "captioner",
    "helpdesk",
    "webmaster",
    "sysadmin",
    "superuser",
    "root",
    "anfitrion",
    "anfitriona",
    "coanfitrion",
    "coanfitriona",
    "administrador",
    "administradora",
    "administracion",
    "moderador",
    "moderadora",
    "moderacion",
    "soporte",
    "sistema",
    "seguridad",
    "oficial",
    "operador",
    "operadora",
    "organizador",
    "organizadora",
    "facilitador",
    "facilitadora",
    "coordinador",
    "coordinadora",
    "coordinator",
    "secretario",
    "secretaria",
]
_SPELT_OUT_MIN_CHARS: Final = 4  # "Mo D." is a name
_WITHIN_MIN_CHARS: Final = 8  # so long a word stands in no other by chance


def _forms(text: str) -> frozenset[str]:
    bare = "".join(char for char in unicodedata.normalize("NFD", text) if unicodedata.category(char) != "Mn")
    return skeletons(bare) if bare else frozenset()


_CLAIMS: Final = frozenset(form for word in _WORDS for form in _forms(word))
_SPELT_OUT: Final = frozenset(
    form for word in _WORDS if len(word) >= _SPELT_OUT_MIN_CHARS for form in _forms(word)
)
_FORMS_OF_CO: Final = _forms("co")  # what "co-host" leaves behind
_WITHIN: Final = tuple(form for word in _WORDS if len(word) >= _WITHIN_MIN_CHARS for form in _forms(word))


def claims_role(name: str) -> bool:
    """Whether a name says that its bearer has a role here, or speaks for the service."""
    return any(map(_is_claim, name.split())) or _is_spelt_out(name)


def without_claims(name: str) -> str:
    """Return what is left of a name that claims a role, without the claim; empty where that is no name."""
    kept = " ".join(_left_of(word) for word in name.split())
    kept = " ".join(kept.split())
    has_letters = any(unicodedata.category(char)[0] == "L" for char in kept)
    return kept if has_letters and not claims_role(kept) else ""


def cores(name: str) -> frozenset[str]:
    """Return the skeletons of a name without role words, marks, symbols, and digits around its words.

    "Tom", "Tom 2", "T\u00f6m" and "Tom (host)" have one in common.
    """
    undressed = (without_claims(name) if claims_role(name) else "") or name
    words = ("".join(_undress(part)) for word in undressed.split() for part in _parts(word))
    return _forms("".join(words)) or skeletons(name)


def _left_of(word: str) -> str:
    if not _is_claim(word):
        return "" if _forms(word) == _FORMS_OF_CO else word
    parts = list(_parts(word))
    left = [part for part in parts if not _is_claim(part) and _forms(part) != _FORMS_OF_CO]
    return " ".join(left) if len(left) < len(parts) else ""


def _is_claim(word: str) -> bool:
    if not _forms(word).isdisjoint(_CLAIMS):
        return True
    return any(not _forms(_undress(part)).isdisjoint(_CLAIMS) for part in _parts(word))


def _is_spelt_out(name: str) -> bool:
    """Whether a role's word stands in the name letter by letter, or within a longer one."""
    whole = _forms(name)
    if not whole.isdisjoint(_SPELT_OUT) or any(word in form for form in whole for word in _WITHIN):
        return True
    run = ""
    for word in [*name.split(), ""]:
        letters = "".join(_parts(word))
        if len(letters) == 1:
            run += letters
            continue
        if any(word in form for form in _forms(run) for word in _SPELT_OUT):
            return True
        run = ""
    return False


def _parts(word: str) -> Iterator[str]:
    """Yield the runs of letters, digits and marks, also apart where a capital follows a small letter."""
    part = ""
    for char in word:
        is_seen = unicodedata.category(char)[0] in "LMN"
        if part and (not is_seen or (char.isupper() and part[-1].islower())):
            yield part
            part = ""
        part += char if is_seen else ""
    if part:
        yield part


def _undress(part: str) -> str:
    return part.strip("".join({char for char in part if char.isdigit()}))
