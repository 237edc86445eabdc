import re
import stat
from pathlib import Path

import pytest

from server.devices import KEY_FILE, DeviceKeys

TOKEN = "A" * 22
KEYS = DeviceKeys(bytes(range(32)))


def test_a_browser_has_one_key_in_a_group_and_another_in_the_next() -> None:
    key = KEYS.key_of("talk", TOKEN)
    assert re.fullmatch("[0-9a-f]{64}", key)
    assert KEYS.key_of("talk", TOKEN) == key
    assert KEYS.key_of("walk", TOKEN) != key
    assert KEYS.key_of("talk", "B" * 22) != key
    assert TOKEN not in key


def test_the_key_is_the_hash_that_was_promised() -> None:
    # Worked out apart, from RFC 5869 and RFC 2104 with the standard library.
    expected = "fa1267e9efe1d5751d85430a8b9fdd7074ed98851189d37596105c84ca3ad7d5"
    assert KEYS.key_of("talk", TOKEN) == expected


def test_a_browser_that_names_no_token_has_no_key() -> None:
    assert KEYS.key_of("talk", "") == ""


def test_another_servers_keys_are_others() -> None:
    assert DeviceKeys(bytes(32)).key_of("talk", TOKEN) != KEYS.key_of("talk", TOKEN)


def test_the_master_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    key = DeviceKeys.open(tmp_path).key_of("talk", TOKEN)
    assert DeviceKeys.open(tmp_path).key_of("talk", TOKEN) == key
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "short", "g" * 64, "a" * 66])
def test_a_file_that_is_no_key_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / KEY_FILE).write_text(text)
    with pytest.raises(ValueError, match="64 hexadecimal"):
        DeviceKeys.open(tmp_path)


def test_a_master_key_has_its_length() -> None:
    with pytest.raises(ValueError, match="32 bytes, not 16"):
        DeviceKeys(bytes(16))
