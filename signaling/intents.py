"""From a member's numbered message to the command that it asks for."""

from typing import Final

import msgspec

from rooms import commands, host_commands
from rooms.commands import Command
from rooms.ids import MemberId
from signaling import from_browser as said
from signaling import from_host as host

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
    said.WriteCaption: commands.WriteCaption,
    said.EraseCaption: commands.EraseCaption,
    said.React: commands.React,
    said.SetFloor: commands.SetFloor,
    said.SetChat: commands.SetChat,
    said.EraseLine: commands.EraseLine,
    said.SetLock: commands.SetLock,
    said.SetFreeze: commands.SetFreeze,
    said.MuteAll: commands.MuteAll,
    said.GiveRole: commands.GiveRole,
    host.SetPhase: commands.SetPhase,
    host.CloseRoom: commands.CloseRoom,
    host.AdmitGuest: host_commands.AdmitGuest,
    host.AdmitAll: host_commands.AdmitAll,
    host.HoldGuest: host_commands.HoldGuest,
    host.TurnAway: host_commands.TurnAway,
    host.TellGuest: host_commands.TellGuest,
    host.StepOut: host_commands.StepOut,
    host.BanMember: host_commands.BanMember,
    host.LiftBan: host_commands.LiftBan,
    host.LiftRemoval: host_commands.LiftRemoval,
    host.RemoveBurst: host_commands.RemoveBurst,
    host.SetRules: host_commands.SetRules,
    host.TakeLead: host_commands.TakeLead,
    host.DeclineLead: host_commands.DeclineLead,
    host.ReleaseLine: host_commands.ReleaseLine,
    host.DropLine: host_commands.DropLine,
    host.BlockMember: host_commands.BlockMember,
    host.UnblockMember: host_commands.UnblockMember,
    host.ReportMember: host_commands.ReportMember,
    host.SettleReport: host_commands.SettleReport,
    host.SetSheet: host_commands.SetSheet,
    host.AssignCue: host_commands.AssignCue,
    host.ShowCue: host_commands.ShowCue,
    host.ShowReading: host_commands.ShowReading,
    host.MarkReading: host_commands.MarkReading,
}


_DRAWN: Final = {
    host_commands.BanMember: "ban_id",
    host_commands.RemoveBurst: "ban_id",
    host_commands.ReportMember: "report_id",
}
"""Commands with an id that the server draws by chance."""


def command_of(message: said.Numbered, by: MemberId, drawn: str) -> Command:
    """Return the command: the message's fields under the same names, and who asks.

    `drawn` is a text drawn by chance, for the commands that make something with an id.

    Raises:
        KeyError: if the message has no command. A test walks the table of events.
    """
    kind = _COMMANDS[type(message)]
    fields = {**msgspec.structs.asdict(message), "by": by}
    if kind is not commands.PostChat:  # the only command whose fact carries the number
        del fields["n"]
    if kind in _DRAWN:
        fields[_DRAWN[kind]] = drawn
    return kind(**fields)
