from datetime import date
from pathlib import Path

import pytest

from server.config_sources import ConfigError
from server.help_lines import HelpLine, find_example, read_help_lines

LINE = "[[regions.lines]]\nname = 'L'\nverified = 2026-01-02\ncall = '116 123'\n"
REGION = "[[regions]]\nname = 'Here'\n"


def written(tmp_path: Path, text: str) -> str:
    file = tmp_path / "help.toml"
    file.write_text(text, "utf-8")
    return str(file)


def test_the_examples_are_read_and_marked() -> None:
    found = read_help_lines("")
    assert found.is_example
    assert find_example().name == "help.example.toml"
    regions = {region.country: region for region in found.regions}
    assert {"US", "CA", "GB", "IE", "AU", "NZ", "ES", "DE", "FR", ""} <= regions.keys()
    assert regions["US"].lines[0].text_address == "sms:988"
    assert all(region.emergency for region in found.regions if region.country)
    assert all(line.verified >= date(2026, 11, 23) for region in found.regions for line in region.lines)


def test_a_file_of_the_operators_is_theirs(tmp_path: Path) -> None:
    found = read_help_lines(written(tmp_path, f"words = 'Ours'\n{REGION}{LINE}"))
    assert (found.words, found.is_example) == ("Ours", False)
    (region,) = found.regions
    assert (region.emergency_address, region.lines[0].call_address) == ("", "tel:116123")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("words = 'x'", "needs a regions"),
        ("regions = []", "regions must hold at least one"),
        (REGION, "regions[1].lines are missing"),
        (REGION + REGION + LINE, "regions[1].lines are missing"),
        (f"{REGION}{LINE}{REGION}{LINE}", "regions: 'Here' is there twice"),
        (f"{REGION}emergency = '112'\n{LINE}", "regions[1].verified must be the day"),
        (f"{REGION}country = 'uk'\n{LINE}", "regions[1].country must be two capital letters"),
        (f"{REGION}{LINE}phone = '1'\n", "regions[1].lines[1] has no setting phone"),
        (REGION + LINE.replace("verified = 2026-01-02\n", ""), "regions[1].lines[1] needs a verified"),
        (REGION + LINE.replace("2026-01-02", "'soon'"), "regions[1].lines[1].verified"),
        (REGION + LINE.replace("2026-01-02", "true"), "regions[1].lines[1].verified"),
        (REGION + LINE.replace("116 123", "call us"), "regions[1].lines[1].call must be a number"),
        (REGION + LINE.replace("call = '116 123'", ""), "regions[1].lines[1].call, text, chat and web"),
        (
            REGION + LINE + "chat = 'http://plain.example'\n",
            "chat must be an address that starts with https://",
        ),
        (REGION + LINE + "text_body = 'HI'\n", "text_body needs a number in text"),
        (REGION + LINE + "for_whom = ' '\n", "for_whom must be 1 to 200"),
        (REGION + LINE + "languages = ['English please']\n", "languages must be language tags"),
        ("[[regions", "is not valid TOML"),
    ],
)
def test_a_mistake_is_said_with_its_key(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_help_lines(written(tmp_path, text))
    said = str(caught.value)
    assert words in said
    assert said.startswith(str(tmp_path))
    assert "\n" not in said


def test_a_file_that_is_not_there_is_said() -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        read_help_lines("nowhere.toml")


def test_numbers_are_overdue_after_a_year(tmp_path: Path) -> None:
    found = read_help_lines(written(tmp_path, f"{REGION}emergency = '112'\nverified = 2027-01-01\n{LINE}"))
    assert list(found.overdue(date(2027, 1, 2))) == []
    assert [text.split(":")[0] for text in found.overdue(date(2027, 1, 3))] == ["Here, L"]
    assert "yet to come" in next(iter(found.overdue(date(2026, 6, 1))))


def test_a_first_word_is_put_into_the_address() -> None:
    line = HelpLine(name="L", verified=date(2026, 1, 1), text="+1 85-258", text_body="é ?&")
    assert line.text_address == "sms:+185258?body=%C3%A9%20%3F%26"
    assert line.call_address == ""
