from rooms.commands import SetChat, SetFloor
from rooms.host_commands import SetRules
from rooms.ids import NO_MEMBER
from rooms.model import ChatMode, DoorMode, FloorMode, RoomSettings, Rules
from server.chosen import Chosen, commands_for, is_possible, with_chosen

BEFORE = RoomSettings(is_locked=True, slow_ms=1_000, limit_ms=60_000)


def test_what_is_left_out_stays() -> None:
    assert with_chosen(BEFORE, Chosen()) == BEFORE
    chosen = Chosen(limit_ms=0, chat=ChatMode.OFF)
    assert with_chosen(BEFORE, chosen) == RoomSettings(
        is_locked=True, slow_ms=1_000, limit_ms=0, chat=ChatMode.OFF
    )


def test_only_what_is_other_is_asked_of_a_room() -> None:
    assert commands_for(BEFORE, Chosen(limit_ms=60_000, rules=Rules())) == ()
    rules = Rules(door=DoorMode.EVERYBODY)
    assert commands_for(BEFORE, Chosen(floor=FloorMode.HANDS, slow_ms=0, rules=rules)) == (
        SetFloor(by=NO_MEMBER, mode=FloorMode.HANDS, limit_ms=60_000),
        SetChat(by=NO_MEMBER, mode=ChatMode.EVERYONE, slow_ms=0),
        SetRules(by=NO_MEMBER, rules=rules),
    )


def test_a_share_has_no_limit_or_half_a_minute() -> None:
    possible = {limit_ms: is_possible(Chosen(limit_ms=limit_ms)) for limit_ms in (None, 0, 1, 29_999, 30_000)}
    assert possible == {None: True, 0: True, 1: False, 29_999: False, 30_000: True}
