"""Keys that live in the data directory: made once, readable by their owner only."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

_What = TypeVar("_What")


def open_with_key(
    data_dir: Path, file_name: str, make: Callable[[], bytes], use: Callable[[bytes], _What]
) -> _What:
    """Return what `use` makes of the key in the file; make a key where no file is.

    Raises:
        OSError: if the directory cannot be read or written.
        ValueError: if `use` says that it is no key; with the name of the file.
    """
    try:
        return use(read_or_make_key(data_dir, file_name, make))
    except ValueError as error:
        raise ValueError(f"{file_name}: {error}") from None


def read_or_make_key(data_dir: Path, file_name: str, make: Callable[[], bytes]) -> bytes:
    """Return the key in the file, without blank ends; make one where no file is.

    Two processes that start at once end up with the same key.

    Raises:
        OSError: if the directory cannot be read or written.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / file_name
    try:
        return path.read_bytes().strip()
    except FileNotFoundError:
        pass
    draft = data_dir / f"{file_name}.{secrets.token_hex(4)}"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(make())
    try:
        os.link(draft, path)  # never replaces a key that another process made meanwhile
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_bytes().strip()
