import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.contacts import ContactKind, looks_like_contact, plain
from rooms.limits import CHAT_MAX_CHARS
from rooms.names import read_text


class Vectors(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    contacts: dict[ContactKind, list[str]]
    ordinary: list[str]
    full_names: list[str]
    short_names: list[str]


PATH = Path(__file__).parents[1] / "vectors" / "contacts.json"
VECTORS = msgspec.json.decode(PATH.read_bytes(), type=Vectors)
HELD = [(text, kind) for kind, texts in VECTORS.contacts.items() for text in texts]
PIECES = (
    "@|@a|a@|1 |1.|(1|a.|a. |.a/|u/|www |one |at dot |@a.a|12 a |calle a |-|#1|insta |a b |9|a|\u0301|"
    "insta is is |a arroba b punto |06.05.24 |1 000 000 |[at] |- dot - dot"
)
HOSTILE = PIECES.split("|")


@pytest.mark.parametrize(("text", "kind"), HELD)
def test_contacts_are_found(text: str, kind: ContactKind) -> None:
    assert looks_like_contact(text) is kind
    assert looks_like_contact(f"hello {text} bye") is kind


@pytest.mark.parametrize("text", VECTORS.ordinary)
def test_ordinary_lines_are_not(text: str) -> None:
    assert looks_like_contact(text) is None
    assert looks_like_contact(f"hello, {text}, bye") is None


def test_the_vectors_cover_every_kind() -> None:
    assert set(VECTORS.contacts) == set(ContactKind)


@pytest.mark.parametrize("piece", HOSTILE)
def test_the_longest_line_takes_no_time(piece: str) -> None:
    for text in (piece * CHAT_MAX_CHARS, "x" + piece * CHAT_MAX_CHARS):
        line = text[:CHAT_MAX_CHARS]
        begin = time.thread_time()
        looks_like_contact(line)
        assert time.thread_time() - begin < 0.2


@given(st.text(max_size=300))
def test_any_line_is_read(text: str) -> None:
    line = read_text(text)
    if isinstance(line, str):
        looks_like_contact(line)


def test_plain_text_has_ascii_digits_and_nothing_unseen() -> None:
    assert plain("\u0663\u00ad\uff14\n\n x\u200b\U0001d7d3") == "34 x5"
