"""Where the configuration comes from: one TOML file, then the environment, then the command line.

Later sources win, key by key. Every complaint names its source, the key and what would be right.

Environment: `LAMPLIT_SERVER__PORT=9000` sets `server.port`; lists are written with commas
(`LAMPLIT_SERVER__ORIGINS=https://meet.example,https://meet2.example`). Rooms are set in the file only.
`LAMPLIT_CONFIG` names the file where the command line does not; otherwise `lamplit.toml` is read if it is
in the folder that the server is started from.
"""

import codecs
import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Literal, get_args, get_origin, get_type_hints

import msgspec

from server.config import Config, RoomConfig

DEFAULT_FILE: Final = "lamplit.toml"
FILE_VARIABLE: Final = "LAMPLIT_CONFIG"
FILE_MAX_BYTES: Final = 1024 * 1024  # a configuration of a thousand rooms is smaller

_WORDS_MAX_CHARS: Final = 600  # all keys of the longest section, and a path

_PREFIX: Final = "LAMPLIT_"
_ANY_HOST: Final = "0.0.0.0"  # noqa: S104 -- for --dev-tls, whose purpose is to be reached from a phone
_MSGSPEC_PATH: Final = re.compile(r"^(?P<words>.*?)(?: - at `\$(?P<path>[^`]*)`)?$", re.DOTALL)
_PLAIN_TYPES: Final = {
    "`int`": "a whole number",
    "`float`": "a number",
    "`str`": "text in quotes",
    "`bool`": "true or false",
    "`array`": "a list",
    "`object`": "a table",
}


class ConfigError(Exception):
    """The configuration cannot be used; its text is one sentence for the operator, in one line."""

    def __init__(self, sentence: str) -> None:
        """Take the sentence. It may quote what the file says: that is cut, and shown as it can be printed."""
        shown = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in sentence)
        super().__init__(shown if len(shown) <= _WORDS_MAX_CHARS else f"{shown[:_WORDS_MAX_CHARS]}...")


class Setting(msgspec.Struct, frozen=True):
    """One value from outside the file.

    Attributes:
        path: the key with its section, such as `server.port`.
        value: of the key's type; from the environment still text.
        source: where it was said, such as `--port`.
    """

    path: str
    value: object
    source: str


def find_file(asked: Path | None, environment: Mapping[str, str], folder: Path) -> Path | None:
    """Return the file to read: the one asked for, LAMPLIT_CONFIG's, the one in `folder`, or none."""
    if asked is not None:
        return asked
    if environment.get(FILE_VARIABLE):
        return Path(environment[FILE_VARIABLE])
    default = folder / DEFAULT_FILE
    return default if default.is_file() else None


def load_config(
    file: Path | None = None, environment: Mapping[str, str] | None = None, flags: Iterable[Setting] = ()
) -> Config:
    """Return the configuration that all sources make together.

    Raises:
        ConfigError: if any of them cannot be read or says something that cannot be.
    """
    file_name = str(file) if file else DEFAULT_FILE
    tree = read_tables(file) if file else {}
    _check_known_keys(tree, file_name)
    sources: dict[str, str] = {}
    for setting in [*_read_environment(environment or {}), *flags]:
        _put(tree, setting, file_name)
        sources[setting.path] = setting.source
    _open_to_phones(tree)
    try:
        return msgspec.convert(tree, Config)
    except msgspec.ValidationError as error:
        raise ConfigError(_complaint(str(error), sources, file_name)) from None


def read_tables(file: Path) -> dict[str, object]:
    """Return what a TOML file of the operator says.

    Raises:
        ConfigError: it cannot be read, or is no TOML.
    """
    try:
        with file.open("rb") as stream:
            content = stream.read(FILE_MAX_BYTES + 1)
    except FileNotFoundError:
        raise ConfigError(f"{file}: there is no such file") from None
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from None
    if len(content) > FILE_MAX_BYTES:
        raise ConfigError(
            f"{file}: is larger than {FILE_MAX_BYTES // 1024} KiB; that cannot be a configuration"
        )
    if not content.removeprefix(codecs.BOM_UTF8).strip():
        raise ConfigError(f"{file}: is empty; leave the file out to use the defaults")
    try:
        return tomllib.loads(content.decode("utf-8-sig"))  # editors on Windows write a mark in front
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: is not UTF-8 text (byte {error.start})") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: is not valid TOML: {error}") from None
    except RecursionError:
        raise ConfigError(f"{file}: is nested too deeply") from None


def say_what_is_wrong(error: msgspec.ValidationError, file: Path) -> ConfigError:
    """Return what is wrong with a file that fits no struct: the file, the key, what would be right."""
    return ConfigError(_complaint(str(error), {}, str(file)))


def _sections() -> dict[str, dict[str, object]]:
    """Every section of one struct with its keys and their types; rooms, which are a list, apart."""
    hints = get_type_hints(Config)
    return {name: get_type_hints(kind) for name, kind in hints.items() if isinstance(kind, type)}


def _check_known_keys(tree: Mapping[str, object], file_name: str) -> None:
    sections = _sections()
    for name, found in tree.items():
        if name not in Config.__struct_fields__:
            raise ConfigError(_unknown(file_name, name, Config.__struct_fields__))
        known = sections.get(name) or get_type_hints(RoomConfig)
        for path, table in _tables(name, found):
            for key in table if isinstance(table, dict) else ():
                if key not in known:
                    raise ConfigError(_unknown(file_name, f"{path}.{key}", known))


def _tables(name: str, found: object) -> list[tuple[str, object]]:
    """Return a section's tables with their paths: one, or all of a list, counted from one as people do."""
    if isinstance(found, list):
        return [(f"{name}[{number}]", table) for number, table in enumerate(found, start=1)]
    return [(name, found)]


def _unknown(source: str, path: str, siblings: Iterable[str]) -> str:
    section, _, key = path.rpartition(".")
    inner = f"{section}." if section else ""
    near = [inner + name for name in difflib.get_close_matches(key, list(siblings), n=1)]
    elsewhere = [f"{name}.{key}" for name, keys in _sections().items() if key in keys]
    hint = (
        f"did you mean {(elsewhere + near)[0]}?" if near or elsewhere else "`lamplit config` shows all keys"
    )
    return f"{source}: there is no setting {path}; {hint}"


def _read_environment(environment: Mapping[str, str]) -> list[Setting]:
    sections = _sections()
    settings = []
    for variable, text in sorted(environment.items()):
        rest = variable.removeprefix(_PREFIX)
        if rest == variable or not (
            "__" in rest or any(rest.startswith(f"{name.upper()}_") for name in Config.__struct_fields__)
        ):
            continue
        section, _, key = rest.lower().partition("__")
        if key not in sections.get(section, {}):
            known = [f"{_PREFIX}{name}__{key}".upper() for name, keys in sections.items() for key in keys]
            near = difflib.get_close_matches(variable.upper(), known, n=1)
            hint = f"did you mean {near[0]}?" if near else "`lamplit config` shows all keys"
            raise ConfigError(f"{variable}: there is no such setting; {hint}")
        path = f"{section}.{key}"
        settings.append(Setting(path, _read_text(sections[section][key], text, variable, path), variable))
    return settings


def _read_text(kind: object, text: str, variable: str, path: str) -> object:
    """Turn a variable's text into the key's type."""
    if kind is int:
        try:
            return int(text)
        except ValueError:
            raise ConfigError(f"{variable}: {path} must be a whole number, not {text!r}") from None
    if kind is bool:
        if text not in {"true", "false"}:
            raise ConfigError(f"{variable}: {path} must be true or false, not {text!r}")
        return text == "true"
    if get_origin(kind) is tuple:
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


def _put(tree: dict[str, object], setting: Setting, file_name: str) -> None:
    section, _, key = setting.path.partition(".")
    table = tree.setdefault(section, {})
    if not isinstance(table, dict):
        raise ConfigError(f"{file_name}: {section} must be a table, written [{section}]")
    table[key] = setting.value


def _open_to_phones(tree: dict[str, object]) -> None:
    """With dev_tls, listen to the whole network unless somebody said where."""
    server = tree.get("server")
    if isinstance(server, dict) and server.get("dev_tls") is True:
        server.setdefault("host", _ANY_HOST)


def _complaint(words: str, sources: Mapping[str, str], file_name: str) -> str:
    """Turn msgspec's words into: source, key, what would be right."""
    match = _MSGSPEC_PATH.match(words)
    path = (match["path"] or "").lstrip(".") if match else ""
    text = match["words"] if match else words
    if text.startswith(("Expected ", "Invalid ", "Object ")):
        sentence = f"{path} {_choices(path) or _plain(text)}"
    else:  # from our own structs: starts with the key
        key = re.split(r"[ :]", text, maxsplit=1)[0]
        sentence = f"{path}.{text}" if path else text
        path = f"{path}.{key}" if path else key
    source = sources.get(path, sources.get(re.sub(r"\[.*", "", path), file_name))
    return f"{source}: {_count_from_one(sentence)}"


def _choices(path: str) -> str:
    """What a key of few words may be; empty for any other key."""
    section, _, key = path.partition(".")
    kind = _sections().get(section, {}).get(key)
    return f"must be one of {', '.join(get_args(kind))}" if get_origin(kind) is Literal else ""


def _plain(text: str) -> str:
    text = text.replace("Expected ", "must be ", 1).replace(", got ", ", not ")
    text = re.sub(r"^Object contains unknown field `(\w+)`", r"has no setting \1", text)
    for name, plain in _PLAIN_TYPES.items():
        text = text.replace(name, plain)
    text = re.sub(r"^Object missing required field `(\w+)`", r"needs a \1", text)
    return re.sub(r"^Invalid enum value (.*)$", r"cannot be \1", text)


def _count_from_one(sentence: str) -> str:
    """People count their [[rooms]], and the series of each, from one."""
    path, blank, words = sentence.partition(" ")
    return re.sub(r"\[(\d+)\]", lambda found: f"[{int(found[1]) + 1}]", path) + blank + words
