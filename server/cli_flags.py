"""What every command has: a place among the others, and the flags that set keys of the configuration."""

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from server.config import PORT_MAX, Config
from server.config_sources import Setting, find_file, load_config

# Flags that set a key, by the key's path.
_KEY_FLAGS: Final = {
    "server.host": "--host",
    "server.port": "--port",
    "server.data_dir": "--data-dir",
    "server.dev_tls": "--dev-tls",
    "media.udp_port": "--udp-port",
}


def add_command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    text: str,
    run: Callable[[argparse.Namespace], int] | None,
) -> argparse.ArgumentParser:
    """Add a command; one without `run` has commands below it."""
    command = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    command.set_defaults(run=run)
    return command


def add_key_flags(parser: argparse.ArgumentParser) -> None:
    """Let the command take the flags that set keys."""
    port = f"0 to {PORT_MAX}; 0 takes any that is free"
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="configuration file (default: lamplit.toml, if any)"
    )
    parser.add_argument("--host", metavar="ADDRESS", help="address to listen at (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, help=f"TCP port for pages, {port} (default: 8080)")
    parser.add_argument(
        "--udp-port", type=int, metavar="PORT", help=f"UDP port for sound, {port} (default: 3479)"
    )
    parser.add_argument(
        "--data-dir", metavar="FOLDER", help="folder for what a restart must find (default: data)"
    )
    parser.add_argument(
        "--dev-tls",
        action="store_const",
        const=True,
        help="serve HTTPS to the whole network, with a certificate made here, so that phones may speak",
    )


def load(chosen: argparse.Namespace) -> Config:
    """Return the configuration that the command is to work with.

    Raises:
        ConfigError: a source is wrong; the text says which and where.
    """
    settings = [
        Setting(path, value, flag)
        for path, flag in _KEY_FLAGS.items()
        if (value := getattr(chosen, flag[2:].replace("-", "_"))) is not None
    ]
    file = find_file(chosen.config, os.environ, Path.cwd())
    return load_config(file, os.environ, settings)
