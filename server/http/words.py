"""The words of what the server writes itself, by language: flat files in server/http/words/.

All files of a language are one catalogue: `en.json`, and `en.help.json` beside it. A counted text has a
key for one and a key for any other number: `rooms.here.one`, `rooms.here.other`.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from markupsafe import Markup, escape

from server.http.languages import USUAL

FOLDER: Final = Path(__file__).resolve().parent / "words"

_VALUE: Final = re.compile(r"\{(\w+)\}")


class Words:
    """The catalogue of one language."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        """Take the texts by their keys."""
        self.language = language
        self.texts = texts

    def t(self, key: str, **values: object) -> str:
        """Return a text with its `{values}` filled in.

        Raises:
            KeyError: there is no such text.
        """
        return _VALUE.sub(lambda found: str(values.get(found[1], found[0])), self.texts[key])

    def marked(self, key: str, **values: Markup) -> Markup:
        """Return a text with marked values in it: the text is escaped, the values are not."""
        return Markup(  # noqa: S704
            _VALUE.sub(lambda found: str(values.get(found[1], found[0])), str(escape(self.texts[key])))
        )

    def t_count(self, key: str, count: int, **values: object) -> str:
        """Return the text that fits a count, with `{count}` filled in."""
        return self.t(f"{key}.{'one' if count == 1 else 'other'}", count=count, **values)


@cache
def words_of(language: str) -> Words:
    """Return the words of a language of `LANGUAGES`; a text that it lacks is the usual language's."""
    return Words(language, read_words(USUAL) | read_words(language))


def read_words(language: str) -> dict[str, str]:
    """Return the texts that a language has."""
    texts: dict[str, str] = {}
    for path in (FOLDER / f"{language}.json", *sorted(FOLDER.glob(f"{language}.*.json"))):
        texts |= json.loads(path.read_text("utf-8"))
    return texts
