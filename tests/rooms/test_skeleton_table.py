from rooms.skeleton_table import GROUPS
from tools.skeleton_table import PATH, write_table

LINES = GROUPS.rstrip("\n").split("\n")


def test_the_table_is_what_the_tool_writes() -> None:
    assert PATH.read_text(encoding="utf-8") == write_table()


def test_each_character_has_one_prototype_which_has_none() -> None:
    pairs = [line.split("\t") for line in LINES]
    chars = "".join(chars for _, chars in pairs)
    assert len(chars) == len(set(chars)) > 2_000
    assert not set(chars) & set("".join(prototype for prototype, _ in pairs))


def test_the_letters_that_matter_most_are_there() -> None:
    groups = dict(line.split("\t") for line in LINES)
    assert {"\u0430", "\u03b1"} <= set(groups["a"])  # Cyrillic and Greek
    assert {"1", "I", "|", "\u0627"} <= set(groups["l"])
    assert groups["rn"].startswith("m")
    assert "0" in groups["O"]
