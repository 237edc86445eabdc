"""Lines for operators: one event name each, then key=value pairs or JSON, on standard error.

Ids and counts only. What people are called, what they write, where they come from and what admits them is
wrapped in `Private`, which prints as ***; keys of that kind are masked besides. Libraries may say that
something happened and where in their source, never what: their texts hold addresses and session descriptions.
For the same reason an exception is written as its class and the places it came through, without its message.
"""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from pathlib import PurePath
from types import TracebackType
from typing import Final, Generic, Literal, TextIO, TypeVar, cast

import structlog
from structlog.typing import FilteringBoundLogger

MASK: Final = "***"

# Libraries that write whole packets, addresses, session descriptions or statements below this level.
PINNED: Final = (
    "alembic",
    "aiortc",
    "aioice",
    "engineio",
    "engineio.server",
    "socketio",
    "socketio.server",
    "sqlalchemy",
    "aiohttp.access",
)

_PRIVATE_KEYS: Final = frozenset(
    {"address", "candidate", "fingerprint", "invite", "ip", "name", "origin", "pwd", "remote", "sdp"}
    | {"text", "ticket", "ufrag"}
)
_OWN_LOGGER: Final = "lamplit"
_FRAMES_MAX: Final = 12

T = TypeVar("T")


class Private(Generic[T]):
    """A value that never shows itself: not in logs, not in messages, not in a debugger's repr."""

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        self.value = value

    def __repr__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return MASK


def log_for(area: str) -> FilteringBoundLogger:
    """Return the logger of one area, such as `gateway`. Its events are fixed names in past tense."""
    return cast("FilteringBoundLogger", structlog.get_logger(area=area))


def set_up_logs(level: str, line_format: Literal["text", "json"], stream: TextIO | None = None) -> None:
    """Send our own events and what libraries report to `stream`, standard error if none is given.

    Args:
        level: debug, info, warning or error; applies to our own events and to libraries that are not pinned.
        line_format: `text` for key=value, `json` for one object a line.
        stream: where lines go.
    """
    number = logging.getLevelNamesMapping()[level.upper()]
    out = cast("TextIO", Unharmed(stream or sys.stderr))
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *_tail(line_format),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [LibraryHandler(out, line_format)]
    root.setLevel(max(number, logging.INFO))
    pin_libraries()


class Unharmed:
    """A stream whose lines may get lost: a full disk, or a reader who is gone, must not end a meeting."""

    def __init__(self, stream: TextIO) -> None:
        """Write to this stream."""
        self._stream = stream

    def write(self, text: str) -> int:
        """Write the text, if that can be."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Pass on what was written, if that can be; else it goes with the next line that can."""
        with suppress(OSError):
            self._stream.flush()


def pin_libraries() -> None:
    """Hold talkative libraries at WARNING, and the access log at silence, whatever level is configured."""
    for name in PINNED:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("aiohttp.access").disabled = True


class LibraryHandler(logging.Handler):
    """Writes that a library logged something: its name, level, place and exception class; no text."""

    def __init__(self, out: TextIO, line_format: Literal["text", "json"]) -> None:
        super().__init__()
        self._log = structlog.wrap_logger(
            structlog.PrintLogger(out),
            processors=[structlog.processors.TimeStamper(fmt="iso", utc=True), *_tail(line_format)],
            wrapper_class=structlog.BoundLogger,
        )

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line about the record."""
        is_ours = (
            record.name.startswith(f"{_OWN_LOGGER}.") and not record.args and str(record.msg).isidentifier()
        )
        self._log.msg(
            record.msg if is_ours else "library_reported",
            level=record.levelname.lower(),
            library=record.name,
            at=f"{record.filename}:{record.lineno}",
            **({"exc_info": record.exc_info} if record.exc_info else {}),
        )


def describe_error(error: BaseException) -> dict[str, str]:
    """Return an exception's class and where it came through, innermost last, without its message.

    A group also names the classes that it holds.
    """
    name = type(error).__name__
    if isinstance(error, BaseExceptionGroup):
        inner = [describe_error(one) for one in error.exceptions]
        return {
            "error": f"{name}({', '.join(one['error'] for one in inner)})",
            "stack": " | ".join(one["stack"] for one in inner),
        }
    return {"error": name, "stack": " > ".join(_frames(error.__traceback__))}


def _frames(traceback: TracebackType | None) -> list[str]:
    frames = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        frames.append(f"{PurePath(code.co_filename).name}:{traceback.tb_lineno}:{code.co_name}")
        traceback = traceback.tb_next
    return frames[-_FRAMES_MAX:]


def _tail(line_format: Literal["text", "json"]) -> list[structlog.typing.Processor]:
    if line_format == "json":
        return [_write_errors, _mask, structlog.processors.JSONRenderer(default=_unknown)]
    first = ["timestamp", "level", "area", "event"]
    return [_write_errors, _mask, structlog.processors.LogfmtRenderer(key_order=first, drop_missing=True)]


def _unknown(value: object) -> str:
    return MASK if isinstance(value, Private) else repr(value)


def _write_errors(
    _logger: object, _method: str, event: MutableMapping[str, object]
) -> MutableMapping[str, object]:
    """Replace `exc_info` by `error` and `stack`."""
    given = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event.update(describe_error(error))
    return event


def _mask(_logger: object, _method: str, event: MutableMapping[str, object]) -> Mapping[str, object]:
    """Cover the keys that hold private things, should somebody log one bare."""
    for key in _PRIVATE_KEYS & event.keys():
        event[key] = MASK
    return event
