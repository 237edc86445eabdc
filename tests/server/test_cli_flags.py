import argparse

import pytest

from server.cli_flags import add_command, add_key_flags, load
from server.config_sources import ConfigError


def _parsed(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command = add_command(parser.add_subparsers(), "look", "look at something", lambda _: 7)
    add_key_flags(command)
    return parser.parse_args(["look", *arguments])


def test_flags_set_keys_and_what_is_left_out_sets_none(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(str(tmp_path))
    config = load(_parsed("--port", "1001", "--udp-port", "1002", "--data-dir", "x", "--host", "::1"))
    assert (config.server.port, config.media.udp_port) == (1001, 1002)
    assert (config.server.data_dir, config.server.host, config.server.dev_tls) == ("x", "::1", False)
    assert load(_parsed()).server.port == 8080
    with pytest.raises(ConfigError, match="--port"):
        load(_parsed("--port", "-1"))


def test_a_command_knows_what_to_run() -> None:
    chosen = _parsed()
    assert chosen.run(chosen) == 7
