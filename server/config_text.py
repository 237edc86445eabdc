"""The configuration as TOML text, so that an operator sees what is in force."""

import json

import msgspec

from server.config import Config


def write_config(config: Config) -> str:
    """Return TOML that `server.config_sources` reads back as an equal configuration."""
    blocks = []
    tree: dict[str, object] = msgspec.to_builtins(config)
    for name, section in tree.items():
        if isinstance(section, dict):
            blocks.append(_table(f"[{name}]", section))
        elif isinstance(section, list | tuple):
            blocks += [_table(f"[[{name}]]", item) for item in section]
    return "\n".join(blocks)


def _table(title: str, table: dict[str, object]) -> str:
    return "".join([f"{title}\n", *(f"{key} = {_value(value)}\n" for key, value in table.items())])


def _value(value: object) -> str:
    """One value. A JSON string is a TOML basic string, but for the DEL character."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case list() | tuple():
            return f"[{', '.join(_value(item) for item in value)}]"
        case dict():
            return f"{{ {', '.join(f'{key} = {_value(item)}' for key, item in value.items())} }}"
        case _:
            raise TypeError(f"no TOML for {type(value).__name__}")
