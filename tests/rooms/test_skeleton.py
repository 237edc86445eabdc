import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.skeleton import _forms_of, look_alike, skeletons


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Maya", "MAYA"),
        ("Maya", "\u041c\u0430\u0443\u0430"),  # Cyrillic
        ("Maya", "\uff2d\uff21\uff39\uff21"),  # full width
        ("Maya", "\U0001d40c\U0001d41a\U0001d432\U0001d41a"),  # mathematical bold
        ("Maya", "\U0001f17c\U0001f170\U0001f188\U0001f170"),  # squares
        ("Maya", "\u1d0d\u1d00\u028f\u1d00"),  # small capitals
        ("Maya", "M\u200ba\u00adya\ufe0f"),
        ("Maya", "M.a-y_a"),
        ("Maya", "M4y@"),
        ("Maya", "@Maya"),
        ("Maya", "M\u0338a\u0336ya"),  # strokes through the letters
        ("Bob", "B0b"),
        ("Bob", "8ob"),
        ("Ian", "lan"),
        ("Ian", "1an"),
        ("Ian", "|an"),
        ("Arnie", "Amie"),
        ("Will", "VVill"),
        ("Nancy", "\u039dancy"),  # its small letter looks like v
        ("\u039d\u03af\u03ba\u03bf\u03c2", "\u039d\u038a\u039a\u039f\u03a3"),
        ("\u0421\u0435\u0440\u0433\u0435\u0439", "\u0421\u0415\u0420\u0413\u0415\u0419"),
        ("Jose\u0301", "Jos\u00e9"),
    ],
)
def test_names_that_look_alike(name: str, other: str) -> None:
    assert look_alike(name, other)
    assert look_alike(other, name)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Maya", "Mara"),
        ("Maya", "Maya 2"),
        ("Jos\u00e9", "Jose"),  # marks tell people apart
        ("Thao", "Th\u1ea3o"),
        ("H\u00e0", "H\u1ea3"),
        ("Dara", "Clara"),
        ("Sam \U0001f33b", "Sam \U0001f319"),
        ("Sam \U0001f33b", "Sam"),
        ("Nan", "Van"),
        ("\u7530\u4e2d", "\u7530\u4ef2"),
        ("***", "--"),
    ],
)
def test_names_that_do_not(name: str, other: str) -> None:
    assert not look_alike(name, other)


@given(st.text(min_size=1, max_size=40))
def test_every_name_looks_like_itself_and_its_other_case_like_something(name: str) -> None:
    assert skeletons(name)
    assert look_alike(name, name)
    assert all(form for form in skeletons(name.upper()) | skeletons(name.lower()))


PLAIN = st.text(st.characters(max_codepoint=127), max_size=12)


@given(st.lists(PLAIN | st.sampled_from(["MW", " @m", "--", "a\nb", ""]) | st.text(max_size=6), max_size=8))
def test_many_names_together_have_the_forms_that_each_has_by_itself(names: list[str]) -> None:
    assert skeletons(*names) == frozenset[str]().union(*map(_forms_of, names))


def test_each_sign_of_ascii_has_the_form_of_any_other_letter() -> None:
    for sign in map(chr, range(128)):
        assert skeletons(f"x{sign}x") == _forms_of(f"x{sign}x"), repr(sign)
