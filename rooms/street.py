"""Whether a text holds a street address."""

import re
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+")
_NUMBER: Final = re.compile(r"[0-9]{1,5}[a-z]?")
_BETWEEN_MAX_WORDS: Final = 3

_STREET_WORDS: Final = "street avenue ave boulevard blvd road rd lane ln st"
_CAPITAL_WORDS: Final = "Drive Dr Court Ct Place Pl Way Terrace Square Highway Hwy Close"
_FIRST_WORDS: Final = "calle avenida avda plaza paseo carrera camino rua via rue stra\u00dfe strasse"
# Between a number and a street, these tell a story: "3 years on the street", "2 weeks down the road".
_STORY_WORDS: Final = (
    "a an the on in at of off down up from to by my our his her their this that and or for with same other "
    "wrong right long hard day days week weeks month months year years hour hours minute minutes time times "
    "step steps people kids more another first last block blocks mile miles km meter meters "
    "el la los las un una y o por con en mi su desde hace durante casi unos unas"
)
_UNIT_WORDS: Final = (
    "a\u00f1o a\u00f1os d\u00eda d\u00edas dia dias semana semanas mes meses hora horas noche noches vez "
    "veces personas years days weeks months hours ans jours mois jahre tage"
)
_STREETS: Final = frozenset(_STREET_WORDS.split())
_STREETS_IN_CAPITALS: Final = frozenset(_CAPITAL_WORDS.split())
_STREETS_FIRST: Final = frozenset(_FIRST_WORDS.split())
_STREET_TAILS: Final = ("stra\u00dfe", "strasse")  # part of the name in German: Lindenstra\u00dfe 5
_STORY: Final = frozenset(_STORY_WORDS.split())
_UNITS: Final = frozenset(_UNIT_WORDS.split())


def holds_street_address(text: str) -> bool:
    """Whether a text holds a street address. It wants ASCII digits and single spaces, letters as written."""
    words = _WORD.findall(text)
    lower = [word.lower() for word in words]
    return any(
        _number_first(words, lower, place) or _street_first(lower, place) for place in range(len(words))
    )


def _number_first(words: list[str], lower: list[str], place: int) -> bool:
    """Whether an address as in English starts here: 12 Acacia Avenue; 12 rue de la Paix."""
    if _NUMBER.fullmatch(lower[place]) is None:
        return False
    if lower[place + 1 : place + 2] == ["rue"] and place + 2 < len(words):
        return True
    for end in range(place + 2, min(place + 2 + _BETWEEN_MAX_WORDS, len(words))):
        if lower[end - 1] in _STORY:
            return False
        if lower[end] in _STREETS:
            return True
        if words[end] in _STREETS_IN_CAPITALS and all(word[0].isupper() for word in words[place + 1 : end]):
            return True
    return False


def _street_first(lower: list[str], place: int) -> bool:
    """Whether an address as in Spanish starts here: calle Mayor 12; Lindenstrasse 5."""
    has_tail = any(len(lower[place]) > len(tail) and lower[place].endswith(tail) for tail in _STREET_TAILS)
    if not has_tail and lower[place] not in _STREETS_FIRST:
        return False
    begin = place + (1 if has_tail else 2)  # "calle 3 a\u00f1os" needs a name between
    for end in range(begin, min(place + 2 + _BETWEEN_MAX_WORDS, len(lower))):
        if _NUMBER.fullmatch(lower[end]):
            is_named = has_tail or any(word not in _STORY for word in lower[place + 1 : end])
            return is_named and not _UNITS.intersection(lower[end + 1 : end + 2])
    return False
