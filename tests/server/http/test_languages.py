import pytest

from server.http.languages import best_language, direction_of


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("", "en"),
        ("es", "es"),
        ("ES-mx", "es"),
        ("es-419,es;q=0.9,en;q=0.8", "es"),
        ("en;q=0.8, es;q=0.9", "es"),
        ("en, es", "en"),
        ("es, en", "es"),
        ("de, fr;q=0.9", "en"),
        ("de, es;q=0.1", "es"),
        ("es;q=0", "en"),
        ("es;q=0.000, en;q=0", "en"),
        ("*", "en"),
        ("de, *;q=0.5, es;q=0.4", "en"),
        ("es;q=2", "en"),
        ("es;q=1.5, es;q=nan, es;q=-1", "en"),
        ("es;level=1", "en"),
        ("especially", "en"),
        (";;;,,,q=1", "en"),
        ("../../etc/passwd", "en"),
        ("<script>", "en"),
        ("e\u015f, es", "es"),
        ("x," * 5_000 + "es", "en"),
        ("es" + "-a" * 4_000, "es"),
    ],
)
def test_the_language_that_is_liked_best(accepted: str, expected: str) -> None:
    assert best_language(accepted) == expected


def test_direction() -> None:
    assert (direction_of("es"), direction_of("ar")) == ("ltr", "rtl")
