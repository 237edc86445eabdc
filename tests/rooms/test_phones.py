import pytest

from rooms.phones import holds_phone


@pytest.mark.parametrize(
    "text",
    [
        "555 1234",
        "since 2024-05-06 555 123 4567",
        "555 123 4567 06.05.2024",
        "+1000000",
        "page 555 123 4567",
        "1 1 1 1 1 1 1",
        "06 10 20 30 40",
    ],
)
def test_numbers_to_call(text: str) -> None:
    assert holds_phone(text)


@pytest.mark.parametrize(
    "text",
    [
        "555 123",
        "1234567890123456",
        "1 800 273 8255",
        "10 9 8 7 6 5 4 3 2 1",
        "10 20 30 40",
        "page 100 200 301",
        "7777777777",
        "9.30 - 11.45",
        "$ 1200000",
    ],
)
def test_other_numbers(text: str) -> None:
    assert not holds_phone(text)
