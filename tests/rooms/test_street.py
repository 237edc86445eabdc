import pytest

from rooms.street import holds_street_address


@pytest.mark.parametrize(
    "text", ["12 Elm Street", "7 Oak Drive", "calle Mayor 12", "12 rue Oberkampf", "Hauptstrasse 5"]
)
def test_addresses(text: str) -> None:
    assert holds_street_address(text)
    assert holds_street_address(f"I live at {text}, second floor")


@pytest.mark.parametrize(
    "text",
    [
        "12 steps the way",
        "7 oak drive",
        "3 years on the street",
        "12 street",
        "calle 12",
        "calle sola 3 a\u00f1os",
    ],
)
def test_stories(text: str) -> None:
    assert not holds_street_address(text)
