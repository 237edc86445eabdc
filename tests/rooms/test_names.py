import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.limits import CHAT_MAX_CHARS, NAME_MAX_CHARS
from rooms.names import read_name, read_text
from rooms.refusals import Refusal


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Maya", "Maya"),
        ("  Maya \t B. ", "Maya B."),
        ("Ma\u202eya", "Maya"),  # a direction override is taken out
        ("Zoe\u0308", "Zo\u00eb"),
        ("\u0627\u0644\u0633\u0644\u0627\u0645", "\u0627\u0644\u0633\u0644\u0627\u0645"),
        ("\U0001f469\u200d\U0001f680", "\U0001f469\u200d\U0001f680"),  # a joined emoji stays whole
        ("Bo\u0300\u0301\u0302\u0303\u0304", "B\u00f2\u0301\u0302"),
        ("\u0301Ada", "Ada"),  # a mark with nothing to stand on
        (
            "Bo" + "\u0301\u0301\u200b" * 9,
            "B\u00f3\u0301\u0301",
        ),  # what is unseen begins no new row
        ("Bo" + "\ufe0f" * 9, "Bo\ufe0f"),
        ("e\u0301\u200dna", "\u00e9na"),  # a joiner on a letter, with its mark still apart
        ("\U0001f469\u200d\u200d Ann", "\U0001f469 Ann"),  # a joiner with nothing to join
        ("\u2764\ufe0f\u200d\U0001f525", "\u2764\ufe0f\u200d\U0001f525"),
    ],
)
def test_names_are_normalised(text: str, name: str) -> None:
    assert read_name(text) == name


@pytest.mark.parametrize(
    "text", ["", " ", "\u200b\u200d", "\x00", "\u0301", "x" * 41, "\ud800", "\u3164\u2800"]
)
def test_some_texts_are_no_names(text: str) -> None:
    assert isinstance(read_name(text), Refusal)


@given(st.text(max_size=3 * NAME_MAX_CHARS))
def test_reading_a_name_twice_changes_nothing(text: str) -> None:
    name = read_name(text)
    if isinstance(name, str):
        assert read_name(name) == name
        assert 0 < len(name) <= NAME_MAX_CHARS
        assert all(unicodedata.category(char) not in {"Cc", "Cs", "Zl", "Zp"} for char in name)


@given(st.text(max_size=50))
def test_lines_never_hold_unseen_control_characters(text: str) -> None:
    line = read_text(text)
    if isinstance(line, str):
        assert all(unicodedata.category(c) not in {"Cc", "Cs"} or c == "\n" for c in line)
        line.encode()


def test_a_line_has_a_length() -> None:
    assert read_text("x" * CHAT_MAX_CHARS) == "x" * CHAT_MAX_CHARS
    assert isinstance(read_text("x" * (CHAT_MAX_CHARS + 1)), Refusal)


def test_a_line_of_marks_and_joiners_takes_no_time() -> None:
    line = "a" + "\ufe0f\u0301" * (CHAT_MAX_CHARS // 4) + "\u200d" * (CHAT_MAX_CHARS // 2)
    assert read_text(line) == "a\ufe0f\u0301\ufe0f"
