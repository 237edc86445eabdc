"""Whether a text holds a telephone number, and not a date, a sum, a count or a line for people in need."""

import re
from itertools import pairwise
from typing import Final

_PHONE_MIN_DIGITS: Final = 7  # a local number; crisis lines of three to six digits are not held
_PHONE_MAX_DIGITS: Final = 15  # ITU-T E.164, section 6
_RUN: Final = re.compile(r"[+(]?[0-9](?:[ .()/_*~\u2010-\u2015-]{0,3}[0-9]){6,}")
_GROUP: Final = re.compile("[0-9]+")
_WORD_BEFORE: Final = re.compile("([a-z\u00e0-\u00ff]+)[ .:#]*$")
_MONEY_BEFORE: Final = re.compile("[$\u20ac\u00a3] ?$")

_YEAR: Final = "(?:19|20)[0-9]{2}"
_DAY: Final = "(?:0?[1-9]|[12][0-9]|3[01])"  # or a month
_DATE: Final = f"(?:{_YEAR}[ ./-]{_DAY}[ ./-]{_DAY}|{_DAY}[ ./-]{_DAY}[ ./-]{_YEAR})"
_DATE_FIRST: Final = re.compile(f"{_DATE}(?![0-9])")
_DATE_LAST: Final = re.compile(f"(?<![0-9]){_DATE}$")

# What else is written in digits: each is the whole of a run.
_OTHER_NUMBERS: Final = tuple(
    map(
        re.compile,
        (
            f"{_DAY}[./-]{_DAY}[./-][0-9]{{2}}",  # a date with a short year
            f"{_YEAR}(?:[^0-9]+{_YEAR})*",  # years
            r"[0-9]\.[0-9]+",  # a fraction
            r"[0-9]{1,2}([ .])[0-9]{3}(?:\1[0-9]{3})*\1[0-9]00",  # thousands apart
            r"([0-9])\1*",  # one key held down
            r"[0-2]?[0-9]\.[0-5][0-9][^0-9.]+[0-2]?[0-9]\.[0-5][0-9]",  # from one time of the day to another
        ),
    )
)
_SMALL_NUMBERS: Final = re.compile("[0-9]{1,3}(?:[^0-9]+[0-9]{1,3})*")
_ROW_MIN: Final = 3
_ROUND_ROW_MIN: Final = 4
_ROUND: Final = 5

_NUMBER_WORDS: Final = {
    word: str(digit)
    for words in (
        "zero one two three four five six seven eight nine",
        "cero uno dos tres cuatro cinco seis siete ocho nueve",
    )
    for digit, word in enumerate(words.split())
} | {"oh": "0"}
_NUMBER_WORD: Final = re.compile(rf"(?<![a-z0-9])(?:{'|'.join(_NUMBER_WORDS)})(?![a-z0-9])")
_COUNTED_WORDS: Final = (
    "page pages pg pp p step steps day days chapter chapters tradition traditions pagina paginas "
    "p\u00e1gina p\u00e1ginas paso pasos d\u00eda d\u00edas cap\u00edtulo"
)
_COUNTED: Final = frozenset(_COUNTED_WORDS.split())
_BEFORE_CHARS: Final = 24

# Lines that are for everybody in need, as they are dialled within their countries.
_CRISIS_LINES: Final = frozenset(
    {
        "8002738255",  # United States: suicide prevention, before it was 988
        "8006624357",  # United States: substance use and mental health
        "8664887386",  # United States: young LGBTQ people
        "8007997233",  # United States: violence at home
        "8006564673",  # United States: sexual violence
        "8334564566",  # Canada: suicide prevention
        "8009112000",  # Mexico: L\u00ednea de la Vida
        "08001111",  # United Kingdom: children
        "0800585858",  # United Kingdom: men
        "03001236600",  # United Kingdom: drugs
        "08001110111",  # Germany
        "08001110222",  # Germany
        "717003717",  # Spain
        "1800247247",  # Ireland
        "1800551800",  # Australia: children and young people
        "0800543354",  # New Zealand
    }
)


def holds_phone(text: str) -> bool:
    """Whether a text holds a telephone number. It wants small letters, ASCII digits and single spaces."""
    digits = _NUMBER_WORD.sub(lambda match: _NUMBER_WORDS[match[0]], text)
    return any(
        _is_phone(match[0], digits[max(0, match.start() - _BEFORE_CHARS) : match.start()])
        for match in _RUN.finditer(digits)
    )


def _is_phone(run: str, before: str) -> bool:
    date = _DATE_FIRST.match(run)
    rest = _DATE_LAST.sub("", run if date is None else run[date.end() :]).strip(" /.-")
    groups = _GROUP.findall(rest)
    digits = "".join(groups)
    if len(digits) < _PHONE_MIN_DIGITS or (len(groups) == 1 and len(digits) > _PHONE_MAX_DIGITS):
        return False
    if digits in _CRISIS_LINES or (digits[0] == "1" and digits[1:] in _CRISIS_LINES):
        return False
    if rest[0] == "+":
        return True
    is_other = any(pattern.fullmatch(rest) for pattern in _OTHER_NUMBERS) or _MONEY_BEFORE.search(before)
    return not (is_other or _is_row(groups) or _is_counted(rest, before))


def _is_row(groups: list[str]) -> bool:
    """Whether somebody counts: 1 2 3 4 5 6 7; 30 60 90 180."""
    if len(groups) < _ROW_MIN or any(group[0] == "0" for group in groups):
        return False
    numbers = [int(group) for group in groups]
    strides = {after - number for number, after in pairwise(numbers)}
    is_even = len(strides) == 1 and 0 not in strides
    return is_even or (len(groups) >= _ROUND_ROW_MIN and all(number % _ROUND == 0 for number in numbers))


def _is_counted(run: str, before: str) -> bool:
    """Whether these are numbers of pages, steps or days."""
    word = _WORD_BEFORE.search(before)
    return word is not None and word[1] in _COUNTED and _SMALL_NUMBERS.fullmatch(run) is not None
