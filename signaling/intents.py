"""From a member's numbered message to the command that it asks for."""

from typing import Final

import msgspec

from rooms import commands
from rooms.commands import Command
from rooms.ids import MemberId
from signaling import from_browser as said

_COMMANDS: Final[dict[type[said.Numbered], type[Command]]] = {
    said.Rename: commands.RenameSelf,
    said.SetMicrophone: commands.SetMicrophone,
    said.PostChat: commands.PostChat,
    said.RetractChat: commands.RetractChat,
    said.MuteMember: commands.MuteMember,
    said.LiftMute: commands.LiftMute,
    said.RemoveMember: commands.RemoveMember,
    said.RaiseHand: commands.RaiseHand,
    said.LowerHand: commands.LowerHand,
    said.LowerAllHands: commands.LowerAllHands,
    said.MoveHand: commands.MoveHand,
    said.GiveFloor: commands.GiveFloor,
    said.CallNext: commands.CallNext,
    said.EndShare: commands.EndShare,
    said.AddTime: commands.AddTime,
    said.WriteShare: commands.WriteShare,
    said.SetFloor: commands.SetFloor,
    said.SetChat: commands.SetChat,
    said.EraseLine: commands.EraseLine,
    said.SetLock: commands.SetLock,
    said.SetFreeze: commands.SetFreeze,
    said.MuteAll: commands.MuteAll,
    said.GiveRole: commands.GiveRole,
}


def command_of(message: said.Numbered, by: MemberId) -> Command:
    """Return the command: the message's fields under the same names, and who asks.

    Raises:
        KeyError: if the message has no command. A test walks the table of events.
    """
    kind = _COMMANDS[type(message)]
    fields = {**msgspec.structs.asdict(message), "by": by}
    if kind is not commands.PostChat:  # the only command whose fact carries the number
        del fields["n"]
    return kind(**fields)
