"""A room where turns are taken, for tests."""

from rooms.commands import (
    EndShare,
    GiveFloor,
    JoinRoom,
    RaiseHand,
    SetFloor,
)
from rooms.ids import MemberId
from rooms.limits import (
    SHARE_LIMIT_MS,
)
from rooms.model import FloorMode, Lane
from tests.rooms.story import JO, MAYA, TOM, Story, peopled_story

ADA, BEN, CLEO = MemberId(44), MemberId(55), MemberId(66)
SIX = (MAYA, JO, ADA, BEN, CLEO, MemberId(77))
NOBODY = MemberId(99)


def hands_story(mode: FloorMode = FloorMode.HANDS, limit_ms: int = SHARE_LIMIT_MS) -> Story:
    """Six members and Tom, who is a host, where turns are taken by hand."""
    story = peopled_story()
    for who in SIX[2:]:
        story.do(JoinRoom(member_id=who, name=f"Guest {who}"))
    story.do(SetFloor(by=TOM, mode=mode, limit_ms=limit_ms))
    return story


def raise_all(story: Story, *who: MemberId) -> None:
    for member_id in who:
        story.now_ms += 1_000
        story.do(RaiseHand(by=member_id, lane=Lane.SHARE))


def queue(story: Story) -> list[MemberId]:
    return [hand.member_id for hand in story.room.floor.hands]


def sharing(story: Story) -> MemberId | None:
    share = story.room.floor.share
    return share.member_id if share else None


def shared(story: Story, who: MemberId) -> None:
    """Let a member have a turn."""
    story.do(GiveFloor(by=TOM, member_id=who))
    story.do(EndShare(by=TOM, passed=False))
