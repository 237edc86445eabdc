import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.ids import MemberId
from rooms.limits import NAME_MAX_CHARS
from rooms.model import Member, Mutes
from rooms.names import read_name
from rooms.naming import return_name, take_name
from rooms.refusals import Refusal
from rooms.roles import Role
from rooms.skeleton_table import GROUPS

SWAPS = {
    "o": "0",
    "l": "1|I",
    "i": "1l|",
    "e": "3",
    "a": "4@",
    "s": "5$",
    "t": "7",
    "b": "8",
    "w": ("vv",),
    "m": ("rn",),
}
PUT_BETWEEN = ["\u200b", "\u200d", "\u00ad", "\u2060", "\ufeff", ".", "-", "_", " ", "\u00a0", "\u0336"]


def looks_like(prototype: str) -> str:
    groups = dict(line.split("\t") for line in GROUPS.rstrip("\n").split("\n"))
    return groups.get(prototype, "")


def present(name: str, role: Role = Role.MEMBER) -> list[Member]:
    return [Member(member_id=MemberId(7), name=name, role=role, mutes=Mutes(), joined_ms=0)]


def vary(name: str, rng: random.Random) -> str:
    """One way to write a name that a reader takes for it: at least one letter is another."""
    ways = [lambda c: c.swapcase(), lambda c: rng.choice([*SWAPS.get(c.lower(), c)])]
    ways.append(lambda c: rng.choice(looks_like(c) or c))
    ways.append(lambda c: chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c)
    ways.append(lambda c: chr(0x1D400 + ord(c) - ord("A")) if "A" <= c <= "Z" else c)
    ways.append(lambda c: c + rng.choice(PUT_BETWEEN))
    while True:
        written = "".join(rng.choice(ways)(char) if rng.random() < 0.5 else char for char in name)
        if written != name and isinstance(read_name(written), str):
            return written


@pytest.mark.parametrize("name", ["Maya", "Tom Bowles", "Sam Wilkins", "Beatrice", "Ian"])
@pytest.mark.parametrize("role", [Role.MEMBER, Role.HOST])
def test_two_hundred_ways_to_write_a_name_are_all_taken(name: str, role: Role) -> None:
    rng = random.Random(name)  # noqa: S311 - the same ways at every run
    others = present(name, role)
    for _ in range(200):
        written = vary(name, rng)
        refusal = take_name(written, others, Role.MEMBER)
        assert isinstance(refusal, Refusal), (written, refusal)
        assert refusal.code == "name_taken"
        assert take_name(refusal.suggestion, others, Role.MEMBER) == refusal.suggestion


@pytest.mark.parametrize(
    "name",
    [
        "Nguy\u1ec5n Th\u1ea3o",
        "\u0645\u0631\u064a\u0645",
        "\u0905\u0928\u0940\u0924\u093e",
        "\u0e2a\u0e21\u0e0a\u0e32\u0e22",
        "\u3055\u304f\u3089",
        "\u7530\u4e2d",
        "\uae40\ubbfc\uc900",
        "Sam \U0001f33b",
        "\U0001f469\u200d\U0001f680",
        "\u0421\u0435\u0440\u0433\u0435\u0439",
        "\u039d\u03af\u03ba\u03bf\u03c2",
        "\u05e0\u05d5\u05e2\u05d4",
        "Jos\u00e9",
        "O'Neil",
        "J.",
        "Anonymous",
    ],
)
def test_names_of_many_scripts_are_taken_as_they_are(name: str) -> None:
    others = [*present("Maya"), *present("Tom", Role.HOST), *present("Sam")]
    assert take_name(name, others, Role.MEMBER) == name


@given(st.text(max_size=30), st.sampled_from(Role), st.sampled_from(Role))
@settings(max_examples=150)
def test_a_suggestion_can_always_be_taken(text: str, theirs: Role, own: Role) -> None:
    name = read_name(text)
    if isinstance(name, str):
        refusal = take_name(name, present(name, theirs), own)
        assert isinstance(refusal, Refusal)
        if refusal.suggestion:
            taken = take_name(refusal.suggestion, present(name, theirs), own)
            assert taken == refusal.suggestion
            assert len(taken) <= NAME_MAX_CHARS


@pytest.mark.parametrize("name", ["Tom 2", "T\u00f6m", "Tom!", "Tom \u2705", "TOM"])
def test_nobody_dresses_up_as_a_host(name: str) -> None:
    refusal = take_name(name, present("Tom", Role.HOST), Role.MEMBER)
    assert isinstance(refusal, Refusal)
    assert refusal.code == "name_taken"
    assert refusal.suggestion.endswith(" B")
    assert take_name(name, present("Tom (host)", Role.HOST), Role.MEMBER) != name


def test_marks_and_numbers_tell_members_apart() -> None:
    assert take_name("Tom 2", present("Tom"), Role.MEMBER) == "Tom 2"
    assert take_name("T\u00f6m", present("Tom"), Role.MEMBER) == "T\u00f6m"
    assert take_name("Tom 2", present("Tom", Role.HOST), Role.COHOST) == "Tom 2"


def test_a_role_is_given_not_claimed() -> None:
    refusal = take_name("Tom (host)", present("Tom", Role.HOST), Role.MEMBER)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.suggestion) == ("name_reserved", "Tom B")
    alone = take_name("Zoom Support", [], Role.MEMBER)
    assert isinstance(alone, Refusal)
    assert (alone.code, alone.suggestion) == ("name_reserved", "")
    assert take_name("Tom (host)", [], Role.HOST) == "Tom (host)"


def test_what_is_suggested_may_be_taken() -> None:
    refusal = take_name("tom (host)\ufe0f", present("Tom"), Role.MEMBER)  # its mark stood on the bracket
    assert isinstance(refusal, Refusal)
    assert take_name(refusal.suggestion, present("Tom"), Role.MEMBER) == refusal.suggestion == "tom 2"


def test_numbers_go_on_and_long_names_are_cut() -> None:
    others = [*present("Maya"), *present("Maya 2")]
    refusal = take_name("maya", others, Role.MEMBER)
    assert isinstance(refusal, Refusal)
    assert refusal.suggestion == "maya 3"
    long = "x" * NAME_MAX_CHARS
    cut = take_name(long, present(long), Role.MEMBER)
    assert isinstance(cut, Refusal)
    assert len(cut.suggestion) == NAME_MAX_CHARS


def test_who_comes_back_is_never_refused_for_a_name() -> None:
    assert return_name("Maya", present("Tom"), Role.MEMBER) == "Maya"
    assert return_name("Maya", present("maya"), Role.MEMBER) == "Maya 2"
    assert return_name("Host", present("Tom"), Role.MEMBER) == "Host"
    assert isinstance(return_name("\u200b", [], Role.MEMBER), Refusal)


def test_whoever_comes_back_with_a_taken_name_of_a_role_that_is_gone_has_one_without() -> None:
    host = present("Host", Role.HOST)
    assert return_name("Host", host, Role.MEMBER) == "B"
    assert return_name("Host", [*host, *present("B")], Role.MEMBER) == "B 2"
    assert return_name("Host Maya", present("Host Maya"), Role.MEMBER) == "Maya"
    assert return_name("Host Maya", [*present("Host Maya"), *present("Maya")], Role.MEMBER) == "Maya 2"
    assert return_name("Host", host, Role.HOST) == "Host 2"
