"""What people write: the operator's file, names and lines; and texts that were handed out and come back."""

import atexit
import tempfile
import unicodedata
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final, TypeVar

from cryptography.fernet import Fernet

from rooms.limits import NAME_MAX_CHARS
from rooms.model import Member, Mutes
from rooms.names import read_name, read_text
from rooms.naming import return_name, take_name
from rooms.refusals import Refusal
from rooms.roles import Role
from rooms.skeleton import skeletons
from server.accounts.recovery_codes import read_code
from server.config import Config
from server.config_sources import ConfigError, load_config
from server.config_text import write_config
from server.devices import DeviceKeys
from server.help_lines import read_help_lines
from server.tickets import HostTicket, Invite, OperatorPass, SeatTicket, TicketOffice
from tests.fuzz.target import JSON_WORDS, Target
from tests.rooms.story import JO, MAYA, TOM

_Loaded = TypeVar("_Loaded")
_VARIABLE: Final = b"LAMPLIT_"
ROOT: Final = Path(__file__).resolve().parents[2]


# --- the configuration file -----------------------------------------------------------------------------


@cache
def _file() -> Path:
    in_memory = Path("/dev/shm")  # noqa: S108 - a disk would be slower than all the rest
    folder = tempfile.TemporaryDirectory(dir=in_memory if in_memory.is_dir() else None)
    atexit.register(folder.cleanup)
    return Path(folder.name) / "lamplit.toml"


def take_config(content: bytes) -> None:
    """By its look a variable, help lines or settings: it is read, or one line says why not.

    Settings can be written and read again.
    """
    if content.startswith(_VARIABLE):
        name, _, value = content.decode("utf-8", "replace").partition("=")
        _read(lambda: load_config(None, {name: value}))
        return
    file = _file()
    file.write_bytes(content)
    if b"regions" in content:
        _read(lambda: read_help_lines(str(file)))
        return
    config = _read(lambda: load_config(file))
    if config is not None:
        file.write_text(write_config(config), "utf-8")
        assert load_config(file) == config


def _read(load: Callable[[], _Loaded]) -> _Loaded | None:
    try:
        return load()
    except ConfigError as error:
        _check_words(error)
        return None


def _check_words(error: ConfigError) -> None:
    words = str(error)
    assert len(words.splitlines()) == 1, words
    assert len(words) < 1_000, words


_WRITTEN: Final = write_config(Config())
_REGION: Final = b"""words = "First words"
[[regions]]
name = "Here"
country = "US"
language = "en"
emergency = "911"
verified = 2026-11-23
[[regions.lines]]
name = "A line"
call = "988"
text = "988"
text_body = "HOME"
chat = "https://a.example"
web = "https://b.example"
hours = "always"
for_whom = "all"
languages = ["en"]
verified = 2026-11-23
"""
_CONFIG_SEEDS: Final = (
    (ROOT / "lamplit.example.toml").read_bytes(),
    (ROOT / "deploy" / "help.example.toml").read_bytes(),
    _WRITTEN.encode(),
    *(f"[{section}".encode() for section in f"\n{_WRITTEN}".split("\n[") if section),
    _REGION,
    _REGION.replace(b"988", b"\\n").replace(b"https", b"http"),
    b'[server]\nport = 8080\n[[rooms]]\nslug = "talk"\ntitle = "Talk"\n',
    b'[[rooms]]\nslug="a"\ntitle="b"\n[[rooms.series]]\nevery="mon,tue"\nat="19:30"\nminutes=60\nzone="Europe/Berlin"\n',
    b"LAMPLIT_SERVER__PORT=9000",
    b"LAMPLIT_SERVER__ORIGINS=https://meet.example,https://meet2.example",
    b"[server]\nnonsense = 1\n",
    b"LAMPLIT_SERVER__PORT=no",
    b"LAMPLIT_LOGS__LEVEL=loud",
    b"LAMPLIT_LIMITS__ROOMS=\xc2\xb2",
    b"LAMPLIT_SERVER__NOTHING=1",
    b"[cluster]\nredis_url = 'rediss://h:1/0'\nkey_file = 'k'\npublic_url = 'https://a.example'\n",
    b"[store]\nurl = 'postgresql://h/d'\npassword_file = 'p'\n",
    b"[media]\npublic_addresses = ['192.0.2.1', '2001:db8::1']\nptime_ms = 20\n",
    b"[media]\nudp_host4 = ''\nudp_host6 = ''\n",
    b"[metrics]\nallow = ['10.0.0.0/33']\n",
    b"[look]\naccent_light = '#aabbcc'\naccent_dark = '#12'\n",
    b"server = 1\n",
    b"[[rooms]]\nslug='a'\ntitle='b'\n[[rooms]]\nslug='a'\ntitle='c'\n",
    b"\xef\xbb\xbf[media]\r\nudp_port = 0\r\n",
)


# --- tickets and links ------------------------------------------------------------------------------------


@cache
def _office() -> TicketOffice:
    return TicketOffice(_FERNET_KEY)


_FERNET_KEY: Final = b"a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="
_NOW_MS: Final = 1_800_000_000_000
_DEVICE: Final = DeviceKeys(bytes(32))


def take_ticket(content: bytes) -> None:
    """A text that this place did not write opens nothing; what it wrote opens what it says, in its time."""
    office = _office()
    text = content.decode("utf-8", "surrogateescape")
    assert not any(_opened(office, text)), "a ticket of nobody's"
    opened = _opened(office, Fernet(_FERNET_KEY).encrypt(content).decode())
    assert sum(map(bool, opened)) <= 1
    for ticket in opened[:3]:
        assert ticket is None or ticket.until_ms > _NOW_MS
    assert read_code(text) is None or len(text) > 10
    assert len(_DEVICE.key_of("group", content.decode("utf-8", "replace"))) in {0, 64}


def _opened(
    office: TicketOffice, text: str
) -> tuple[SeatTicket | None, Invite | None, HostTicket | None, object, bool]:
    return (
        office.read_seat(text, _NOW_MS),
        office.read_invite(text, _NOW_MS),
        office.read_host(text, _NOW_MS),
        office.read_card(text, "group", "device", _NOW_MS),
        office.is_operator(text, _NOW_MS),
    )


_LATER: Final = b'"until_ms":1900000000000}'
_TICKET_SEEDS: Final = (
    b'{"type":"seat","room":"talk","member_id":1,"name":"Maya","role":"member",' + _LATER,
    b'{"type":"invite","room":"talk","role":"host",' + _LATER,
    b'{"type":"host","room":"talk","account_id":"a","role":"host","alias":"T","place":1,"nonce":"n",'
    + _LATER,
    b'{"type":"card","group":"group","device":"device","since_ms":1,' + _LATER,
    b'{"type":"operator",' + _LATER,
    b'{"type":"operator","until_ms":1}',
    TicketOffice(Fernet.generate_key()).write(OperatorPass(until_ms=1_900_000_000_000)).encode(),
    b"abcd-efgh-jkmn-pqrs-tuvw-xyz2",
)


# --- names and lines --------------------------------------------------------------------------------------


def _seat(member_id: int, name: str, role: Role) -> Member:
    return Member(member_id=type(JO)(member_id), name=name, role=role, mutes=Mutes(), joined_ms=0)


_PRESENT: Final = (
    _seat(TOM, "Tom", Role.HOST),
    _seat(MAYA, "Maya", Role.MEMBER),
    _seat(JO, "Жо 2", Role.MEMBER),
)
_PRESENT_FORMS: Final = frozenset[str]().union(*(skeletons(other.name) for other in _PRESENT))
_LINE_MAX_CHARS: Final = 60  # so that short inputs get to the bound
_WIDE: Final = b"\xff\xfe"  # leads an input in two bytes for each character
_TAKEN_OUT: Final = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})


def take_name_text(content: bytes) -> None:
    """A name read again is the same, can be stored, is nobody else's; what is suggested may be taken."""
    if content.startswith(_WIDE):
        text = content[len(_WIDE) :].decode("utf-16-le", "replace")
    else:
        text = content.decode("utf-8", "surrogateescape")
    name = read_name(text)
    if isinstance(name, str):
        assert 0 < len(name) <= NAME_MAX_CHARS
        _check_seen(name)
        assert read_name(name) == name
    line = read_text(text, _LINE_MAX_CHARS)
    if isinstance(line, str):
        assert 0 < len(line) <= _LINE_MAX_CHARS
        _check_seen(line.replace("\n", ""))
        assert read_text(line, _LINE_MAX_CHARS) == line
    role = Role.HOST if sum(content[-1:]) % 2 else Role.MEMBER  # both for each input cost as much again
    _check_taken(take_name(text, _PRESENT, role), role)
    _check_taken(return_name(text, _PRESENT, role), role)


def _check_seen(text: str) -> None:
    text.encode()
    assert unicodedata.is_normalized("NFC", text)
    assert not _TAKEN_OUT & {unicodedata.category(char) for char in text}


def _check_taken(taken: str | Refusal, role: Role) -> None:
    if isinstance(taken, str):
        assert skeletons(taken).isdisjoint(_PRESENT_FORMS), taken
    elif taken.suggestion:
        assert take_name(taken.suggestion, _PRESENT, role) == taken.suggestion, taken.suggestion


_NAME_SEEDS: Final = tuple(
    text.encode()
    for text in (
        "Maya",
        "Tom (host)",
        "T\u200bom",
        "\u0422\u043em",
        "  Jo\t\n Ann ",
        "e\u0301" * 10,
        "a" + "\u0301" * 40,
        "👩\u200d🚀 Sally",
        "\u202eyaM",
        "\u2066x\u2069",
        "Жо 2",
        "moderator",
        "1",
        ".",
        "\ufeff",
        "ﬁ",
        "Ⅷ",
        "\U0001d4dc\U0001d4ea\U0001d502\U0001d4ea",
        "line\r\nline",
        "한글",
        "ǅ",
        "x" * 70,
    )
)
_NAME_WORDS: Final = (
    b"\xe2\x80\x8b",
    b"\xe2\x80\x8d",
    b"\xe2\x80\xae",
    b"\xef\xb8\x8f",
    b"\xcc\x81",
    b"\xcc\x81" * 40,
    b"\xed\xa0\x80",
    b"\0",
    b"\n",
    b"\r\n",
    b"\xf0\x9f\x91\xa9",
    b"host",
    b" 2",
    b"Tom",
    b"\xcd\x8f",
    b"\xe1\xbc\x80",
    b"\xf4\x8f\xbf\xbf",
    _WIDE,
)

TARGETS: Final = (
    Target(
        "config",
        take_config,
        _CONFIG_SEEDS,
        (
            "server.config",
            "server.config_sources:load_config,read_tables,_",
            "server.help_lines:read_,Help,_check",
        ),
        (
            b"[",
            b"]",
            b"=",
            b'"',
            b"'",
            b"\n",
            b"[[rooms]]\n",
            b'"\\n"',
            b"nan",
            b"inf",
            b"0x",
            b"1979-05-27",
            b"true",
            b"[" * 1_100,
            b"a." * 600,
            b"\0",
            b"\xff",
            b"{",
            b"}",
            b"_",
            b"__",
            _VARIABLE,
            b"[[regions]]\n",
            b"[[regions.lines]]\n",
            b"verified = 2026-11-23\n",
        ),
        max_bytes=700,
    ),
    Target(
        "tickets",
        take_ticket,
        _TICKET_SEEDS,
        ("server.tickets:TicketOffice.read_,TicketOffice._read,TicketOffice.is_operator",),
        JSON_WORDS,
    ),
    Target(
        "names",
        take_name_text,
        (*_NAME_SEEDS, _WIDE + "T\u200bom".encode("utf-16-le")),
        ("rooms.names", "rooms.naming", "rooms.claims"),
        _NAME_WORDS,
        max_bytes=160,
    ),
)
