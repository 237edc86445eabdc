"""The operator's list of crisis lines: a TOML file of regions, each with its emergency number and its lines.

No number is written in the program. Where the operator names no file, the examples that come with it are
shown, marked as not checked by whoever runs this place. Every number has the day on which somebody looked.

A `ValueError` of these structs starts with the key that is wrong, as in `server.config`.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import quote

import msgspec

import server
from server.config_sources import read_tables, say_what_is_wrong

EXAMPLE_NAME: Final = "help.example.toml"
CHECK_EVERY: Final = timedelta(days=365)  # guess: lines change their numbers and hours about as rarely

WORDS_MAX_CHARS: Final = 600
LINE_MAX_CHARS: Final = 200
ALWAYS: Final = "always"  # of `hours`: day and night, said in the reader's language

_NUMBER: Final = re.compile(r"\+?[0-9](?:[ -]?[0-9]){1,17}")
_ADDRESS: Final = re.compile(r"https://[!-~]{1,300}")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


def _check_words(key: str, words: str, max_chars: int = LINE_MAX_CHARS, *, may_be_empty: bool = True) -> None:
    if not words and may_be_empty:
        return
    if not words.strip() or len(words) > max_chars or not words.isprintable():
        raise ValueError(f"{key} must be 1 to {max_chars} printable characters")


def _check_shape(key: str, text: str, shape: re.Pattern[str], example: str) -> None:
    if text and not shape.fullmatch(text):
        raise ValueError(f"{key} must be {example}, not {text!r}")


class HelpLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line that somebody can turn to: by voice, by text message, on the web, or several of them.

    Attributes:
        name: what it is called.
        verified: the day on which somebody last saw that all of this is so.
        call: number to call, as people write it.
        text: number for text messages.
        text_body: what to write first, where the line wants a certain word.
        chat: address of a page to write with somebody.
        web: address of its page about itself, or of a list of lines.
        hours: when somebody answers; `always` is said in the reader's language.
        for_whom: who it is for, in a few words.
        languages: what is spoken, as language tags such as `en` (RFC 5646).
    """

    name: str
    verified: date
    call: str = ""
    text: str = ""
    text_body: str = ""
    chat: str = ""
    web: str = ""
    hours: str = ""
    for_whom: str = ""
    languages: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_words("name", self.name, may_be_empty=False)
        for key in ("text_body", "hours", "for_whom"):
            _check_words(key, getattr(self, key))
        for key in ("call", "text"):
            _check_shape(key, getattr(self, key), _NUMBER, "a number such as 116 123 or +44 116 123")
        for key in ("chat", "web"):
            _check_shape(key, getattr(self, key), _ADDRESS, "an address that starts with https://")
        for language in self.languages:
            _check_shape("languages", language, _LANGUAGE, "language tags such as en or pt-BR")
        if self.text_body and not self.text:
            raise ValueError("text_body needs a number in text")
        if not (self.call or self.text or self.chat or self.web):
            raise ValueError("call, text, chat and web are all empty: a line needs at least one")

    @property
    def call_address(self) -> str:
        """The number as a `tel:` address (RFC 3966); empty where nobody can be called."""
        return f"tel:{_digits(self.call)}" if self.call else ""

    @property
    def text_address(self) -> str:
        """The number as an `sms:` address (RFC 5724), with the first words; empty where there is none."""
        body = f"?body={quote(self.text_body, safe='')}" if self.text_body else ""
        return f"sms:{_digits(self.text)}{body}" if self.text else ""


class HelpRegion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A country, or a part of one, or everywhere else.

    Attributes:
        name: what its people call it.
        country: two letters (ISO 3166-1); empty: it is no country.
        language: what the words of this region are written in; empty: as the page around them.
        emergency: the number for danger; empty where it differs from place to place.
        verified: the day on which somebody last saw that this is the emergency number.
        lines: the best first.
    """

    name: str
    country: str = ""
    language: str = ""
    emergency: str = ""
    verified: date | None = None
    lines: tuple[HelpLine, ...] = ()

    def __post_init__(self) -> None:
        _check_words("name", self.name, may_be_empty=False)
        _check_shape("country", self.country, _COUNTRY, "two capital letters such as NZ")
        _check_shape("language", self.language, _LANGUAGE, "a language tag such as en or pt-BR")
        _check_shape("emergency", self.emergency, _NUMBER, "a number such as 112")
        if self.emergency and self.verified is None:
            raise ValueError("verified must be the day on which the emergency number was looked up")
        if not (self.emergency or self.lines):
            raise ValueError("lines are missing, and there is no emergency number either")

    @property
    def emergency_address(self) -> str:
        """The emergency number as a `tel:` address; empty where there is none."""
        return f"tel:{_digits(self.emergency)}" if self.emergency else ""


class HelpFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an operator writes: words of their own, and regions in the order in which they are shown."""

    regions: tuple[HelpRegion, ...]
    words: str = ""

    def __post_init__(self) -> None:
        _check_words("words", self.words, WORDS_MAX_CHARS)
        if not self.regions:
            raise ValueError("regions must hold at least one [[regions]] table")
        names = [region.name for region in self.regions]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"regions: {twice[0]!r} is there twice")


class HelpLines(msgspec.Struct, frozen=True, kw_only=True):
    """The list that is shown. `is_example`: nobody who runs this place has checked it."""

    words: str
    regions: tuple[HelpRegion, ...]
    is_example: bool

    def overdue(self, today: date) -> Iterator[str]:
        """Say of every number whether its day is more than a year ago, or yet to come."""
        for region in self.regions:
            days = [(line.name, line.verified) for line in region.lines]
            if region.verified is not None:
                days.insert(0, (region.emergency, region.verified))
            for name, verified in days:
                if is_old(verified, today):
                    yield f"{region.name}, {name}: last checked on {verified}, more than a year ago"
                elif verified > today:
                    yield f"{region.name}, {name}: checked on {verified}, which is yet to come"


def is_old(verified: date, today: date) -> bool:
    """Whether so much time has passed since that day that the page says so."""
    return today - verified > CHECK_EVERY


def find_example() -> Path:
    """Return where the examples are: inside the installed package, or in a checkout."""
    package = Path(server.__file__).resolve().parent
    packaged = package / EXAMPLE_NAME
    return packaged if packaged.is_file() else package.parent / "deploy" / EXAMPLE_NAME


def read_help_lines(file: str) -> HelpLines:
    """Read the operator's file, or the examples where `file` is empty.

    Raises:
        ConfigError: it cannot be read or says something that cannot be; the text names the key.
    """
    path = Path(file) if file else find_example()
    try:
        found = msgspec.convert(read_tables(path), HelpFile)
    except msgspec.ValidationError as error:
        raise say_what_is_wrong(error, path) from None
    return HelpLines(words=found.words, regions=found.regions, is_example=not file)


def _digits(number: str) -> str:
    return re.sub(r"[ -]", "", number)
