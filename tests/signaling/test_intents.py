from typing import get_args

import msgspec
import pytest

from rooms import commands, host_commands
from rooms.commands import Command
from rooms.ids import MemberId
from rooms.model import BanReason, ReportReason
from signaling import from_browser as said
from signaling import from_host as host
from signaling.events import EVENTS
from signaling.from_browser import Numbered
from signaling.intents import command_of
from tests.examples import example_of

MAYA = MemberId(11)
DRAWN = "drawn"
NUMBERED = {event: kind for event, kind in EVENTS.items() if issubclass(kind, Numbered)}
OF_THE_SERVER = {
    commands.OpenRoom,
    commands.JoinRoom,
    commands.LeaveRoom,
    commands.ResumeSeat,
    commands.StrandMember,
    commands.ExpireSeat,
    commands.ExpireChat,
    commands.KeepTime,
    host_commands.LearnBan,
    host_commands.ForgetBan,
    host_commands.NoteTry,
}
"""Commands that no numbered message asks for: the server sends them, or a message without a number."""


@pytest.mark.parametrize("kind", NUMBERED.values(), ids=NUMBERED)
def test_a_message_becomes_its_command_with_the_same_fields(kind: type[Numbered]) -> None:
    message = example_of(kind)
    command = command_of(message, MAYA, DRAWN)
    asked, done = msgspec.structs.asdict(message), msgspec.structs.asdict(command)
    assert done.pop("by") == MAYA
    if not isinstance(command, commands.PostChat):
        del asked["n"]
    drawn = {name: done.pop(name) for name in done.keys() - asked.keys()}
    assert set(drawn.values()) <= {DRAWN}
    assert done == asked


def test_what_is_made_gets_the_id_that_was_drawn() -> None:
    ban = host.BanMember(n=1, member_id=22, reason=BanReason.FLOOD, hours=1)
    burst = host.RemoveBurst(n=1, reason=BanReason.FLOOD, hours=0)
    report = host.ReportMember(n=1, member_id=22, reason=ReportReason.OTHER, words="")
    for message, name in ((ban, "ban_id"), (burst, "ban_id"), (report, "report_id")):
        assert getattr(command_of(message, MAYA, DRAWN), name) == DRAWN


def test_messages_and_commands_are_one_to_one() -> None:
    got = [type(command_of(example_of(kind), MAYA, DRAWN)) for kind in NUMBERED.values()]
    assert len(got) == len(set(got))
    assert set(got) == set(get_args(Command)) - OF_THE_SERVER


@pytest.mark.parametrize("kind", NUMBERED.values(), ids=NUMBERED)
def test_the_same_things_have_the_same_names(kind: type[Numbered]) -> None:
    got = type(command_of(example_of(kind), MAYA, DRAWN)).__name__
    assert got == {"Rename": "RenameSelf"}.get(kind.__name__, kind.__name__)


def test_a_message_without_a_command_is_a_bug() -> None:
    with pytest.raises(KeyError):
        command_of(said.Numbered(n=1), MAYA, DRAWN)
