"""Writes room.json: what each viewer is shown of one long story, for every reducer there is.

Run `python -m tests.vectors.make_room` after a change of commands or facts; a test compares.
"""

from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from rooms.commands import (
    Command,
    ExpireChat,
    ExpireSeat,
    JoinRoom,
    LeaveRoom,
    LiftMute,
    MuteMember,
    PostChat,
    RemoveMember,
    RenameSelf,
    ResumeSeat,
    RetractChat,
    SetMicrophone,
    StrandMember,
)
from rooms.ids import MemberId
from rooms.limits import CHAT_WINDOW_MS, GRACE_MS
from rooms.project import Viewer, project, project_room
from rooms.roles import Role
from tests.rooms.story import JO, MAYA, TOM, Story, open_story

PATH: Final = Path(__file__).with_name("room.json")
NEWCOMER: Final = MemberId(2_147_483_647)
VIEWERS: Final = {
    "host": Viewer(TOM, Role.HOST),
    "member": Viewer(MAYA, Role.MEMBER),
    "removed member": Viewer(JO, Role.MEMBER),
}


def steps(story: Story) -> list[tuple[str, int, list[tuple[Command, int]]]]:
    """Each case: its name, how far the clock moves before it, and its commands with their numbers."""
    del story
    return [
        ("joining", 0, [(JoinRoom(member_id=MAYA, name="Maya"), 0)]),
        ("a host joins", 1_000, [(JoinRoom(member_id=TOM, name="Tom", role=Role.HOST), 0)]),
        ("two more join", 1_000, [
            (JoinRoom(member_id=JO, name="Jo \u00d8 \U0001f331"), 0),
            (JoinRoom(member_id=NEWCOMER, name="\u0633\u0644\u0627\u0645"), 0),
        ]),
        ("microphone on", 500, [(SetMicrophone(by=MAYA, on=True), 1)]),
        ("microphone off", 500, [(SetMicrophone(by=MAYA, on=False), 2)]),
        ("chat", 10, [
            (PostChat(by=MAYA, n=3, text="Hello, I am new here."), 3),
            (PostChat(by=TOM, n=1, text="Welcome \U0001f49a\nKeep coming."), 1),
        ]),
        ("taking a line back", 10, [(RetractChat(by=MAYA, seq=8), 4)]),
        ("renaming", 10, [(RenameSelf(by=JO, name="Joanna"), 1)]),
        ("a line keeps its old name", 10, [
            (PostChat(by=JO, n=2, text="one"), 2),
            (RenameSelf(by=JO, name="Jo"), 3),
        ]),
        ("a host mutes", 10, [
            (SetMicrophone(by=JO, on=True), 4),
            (MuteMember(by=TOM, member_id=JO), 2),
        ]),
        ("a host lifts the mute", 10, [(LiftMute(by=TOM, member_id=JO), 3)]),
        ("a connection is lost", 10, [(StrandMember(member_id=MAYA), 0)]),
        ("and is back", 30_000, [(ResumeSeat(by=MAYA, name="Maya", role=Role.MEMBER), 0)]),
        ("a seat expires", GRACE_MS, [(StrandMember(member_id=NEWCOMER), 0)]),
        ("expired", GRACE_MS, [(ExpireSeat(member_id=NEWCOMER, stranded_ms=0), 0)]),
        ("a host removes", 10, [(RemoveMember(by=TOM, member_id=JO), 4)]),
        ("chat expires", CHAT_WINDOW_MS - 3 * GRACE_MS, [(PostChat(by=MAYA, n=5, text="young"), 5)]),
        ("old lines are forgotten", 3 * GRACE_MS, [(ExpireChat(), 0)]),
        ("leaving", 10, [(LeaveRoom(by=MAYA), 6)]),
    ]  # fmt: skip


def cases() -> list[dict[str, object]]:
    """Return every case as seen by every viewer, from a fresh snapshot to the next."""
    story = open_story()
    found: list[dict[str, object]] = []
    for name, later_ms, moves in steps(story):
        before, known = story.room, len(story.log)
        story.now_ms += later_ms
        for command, n in moves:
            if isinstance(command, ExpireSeat):
                stranded_ms = story.member(command.member_id).stranded_ms
                command = replace(command, stranded_ms=stranded_ms)  # noqa: PLW2901 - known only now
            story.do(command, n)
        for label, viewer in VIEWERS.items():
            found.append(
                {
                    "name": name,
                    "viewer": label,
                    "before": project_room(before, viewer),
                    "commits": [project(commit, viewer) for commit in story.log[known:]],
                    "after": project_room(story.room, viewer),
                }
            )
    return found


def text() -> bytes:
    """Return the file as it must be."""
    return msgspec.json.format(msgspec.json.encode({"cases": cases()}), indent=1) + b"\n"


if __name__ == "__main__":
    PATH.write_bytes(text())
