import itertools
import struct

from aioice import stun

from server.media.ice_lite import MAX_ADDRESSES, CheckAnswer, Credentials, IceLite, draw_credentials
from server.media.stun import BindingCheck, read_check

FIRST = Credentials("ufrag0000", "p" * 24)
SECOND = Credentials("ufrag1111", "q" * 24)
THIRD = Credentials("ufrag2222", "r" * 24)
HOME = ("192.0.2.1", 5_000)
AWAY = ("192.0.2.2", 6_000)

numbers = itertools.count(1)


def write_datagram(credentials: Credentials = FIRST, *, nominated: bool = True, leads: bool = True) -> bytes:
    message = stun.Message(
        stun.Method.BINDING, stun.Class.REQUEST, transaction_id=struct.pack("!4xQ", next(numbers))
    )
    message.attributes.update({"USERNAME": f"{credentials.ufrag}:them", "PRIORITY": 1})
    message.attributes["ICE-CONTROLLING" if leads else "ICE-CONTROLLED"] = 1
    if nominated:
        message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity(credentials.pwd.encode())
    return bytes(message)


def write_check(
    credentials: Credentials = FIRST, *, nominated: bool = True, leads: bool = True
) -> BindingCheck:
    check = read_check(write_datagram(credentials, nominated=nominated, leads=leads))
    assert isinstance(check, BindingCheck)
    return check


def answered(answer: CheckAnswer | None) -> CheckAnswer:
    assert answer is not None
    assert answer.datagram is not None
    return answer


def test_credentials_are_long_random_ice_characters() -> None:
    drawn = [draw_credentials() for _ in range(100)]

    assert len({one.ufrag for one in drawn}) == len({one.pwd for one in drawn}) == 100
    for one in drawn:
        assert len(one.ufrag) >= 8
        assert len(one.pwd) >= 24
        assert (one.ufrag + one.pwd).replace("+", "a").replace("/", "a").isalnum()


def test_the_first_check_makes_the_path_nominated_or_not() -> None:
    ice = IceLite(FIRST)
    assert ice.last_check_ms is None

    answered(ice.on_check(write_check(nominated=False), HOME, 7.0))

    assert ice.path == HOME
    assert ice.last_check_ms == 7.0


def test_the_path_moves_by_nomination_only() -> None:
    ice = IceLite(FIRST)
    ice.on_check(write_check(), HOME, 0.0)

    answered(ice.on_check(write_check(nominated=False), AWAY, 1.0))
    assert ice.path == HOME

    answered(ice.on_check(write_check(), AWAY, 2.0))
    assert ice.path == AWAY
    assert ice.addresses == [HOME, AWAY]


def test_a_wrong_password_changes_nothing() -> None:
    ice = IceLite(FIRST)

    assert ice.on_check(write_check(Credentials(FIRST.ufrag, "wrong")), HOME, 0.0) is None
    assert ice.on_check(write_check(SECOND), HOME, 0.0) is None
    assert (ice.path, ice.addresses, ice.last_check_ms) == (None, [], None)


def test_a_repeated_check_is_answered_where_it_is_known_and_moves_nothing() -> None:
    ice = IceLite(FIRST)
    recorded = write_check()
    ice.on_check(recorded, HOME, 0.0)
    ice.on_check(write_check(), AWAY, 1.0)

    answered(ice.on_check(recorded, HOME, 2.0))

    assert ice.path == AWAY
    assert ice.last_check_ms == 1.0


def test_a_repeated_check_from_elsewhere_is_met_with_silence() -> None:
    ice = IceLite(FIRST)
    recorded = write_check()
    ice.on_check(recorded, HOME, 0.0)
    for _ in range(500):
        ice.on_check(write_check(), HOME, 1.0)

    answer = ice.on_check(recorded, AWAY, 2.0)

    assert answer == CheckAnswer(datagram=None)
    assert ice.addresses == [HOME]


def test_memory_of_checks_is_bounded() -> None:
    ice = IceLite(FIRST)

    for _ in range(2_000):
        ice.on_check(write_check(), HOME, 0.0)

    assert len(ice._seen) == 4_096


def test_of_many_addresses_the_oldest_but_the_path_gives_way() -> None:
    ice = IceLite(FIRST)
    ice.on_check(write_check(), HOME, 0.0)
    others = [("192.0.2.9", port) for port in range(1, MAX_ADDRESSES + 1)]

    forgotten = [answered(ice.on_check(write_check(nominated=False), one, 0.0)).forgotten for one in others]

    assert forgotten == [None] * (MAX_ADDRESSES - 1) + [others[0]]
    assert len(ice.addresses) == MAX_ADDRESSES
    assert ice.path == HOME


def test_a_restart_keeps_the_old_credentials_until_the_new_are_nominated() -> None:
    ice = IceLite(FIRST)
    ice.on_check(write_check(), HOME, 0.0)

    assert ice.restart(SECOND) is None
    assert ice.ufrags == (SECOND.ufrag, FIRST.ufrag)
    assert answered(ice.on_check(write_check(FIRST), HOME, 1.0)).released_ufrag is None
    assert answered(ice.on_check(write_check(SECOND, nominated=False), AWAY, 2.0)).released_ufrag is None
    assert answered(ice.on_check(write_check(SECOND), AWAY, 3.0)).released_ufrag == FIRST.ufrag

    assert ice.ufrags == (SECOND.ufrag,)
    assert ice.path == AWAY
    assert ice.on_check(write_check(FIRST), HOME, 4.0) is None


def test_a_second_restart_drops_what_was_never_used() -> None:
    ice = IceLite(FIRST)
    ice.on_check(write_check(), HOME, 0.0)
    ice.restart(SECOND)

    assert ice.restart(THIRD) == SECOND.ufrag

    assert ice.ufrags == (THIRD.ufrag, FIRST.ufrag)
    assert ice.on_check(write_check(SECOND), HOME, 1.0) is None


def test_one_who_wants_to_follow_is_told_to_lead_and_not_learnt() -> None:
    ice = IceLite(FIRST)

    answer = answered(ice.on_check(write_check(leads=False), HOME, 0.0))

    assert answer.datagram is not None
    assert stun.parse_message(answer.datagram).error_code == 487
    assert ice.path is None
    assert ice.last_check_ms is None


def test_only_what_was_read_before_on_the_path_is_usual() -> None:
    ice = IceLite(FIRST)
    assert ice.on_usual_check(write_datagram(), HOME, 0.0) is None
    answered(ice.on_check(write_check(), HOME, 1.0))

    assert ice.on_usual_check(write_datagram(), AWAY, 2.0) is None
    assert ice.on_usual_check(write_datagram(nominated=False), HOME, 2.0) is None
    assert ice.on_usual_check(write_datagram(leads=False), HOME, 2.0) is None
    assert ice.last_check_ms == 1.0
    assert ice.on_usual_check(write_datagram(), HOME, 3.0)
    assert ice.last_check_ms == 3.0


def test_a_usual_check_that_was_seen_is_answered_and_is_no_sign_of_life() -> None:
    ice = IceLite(FIRST)
    answered(ice.on_check(write_check(), HOME, 1.0))
    datagram = write_datagram()
    first = ice.on_usual_check(datagram, HOME, 2.0)
    assert ice.on_usual_check(datagram, HOME, 3.0) is None
    again = read_check(datagram)
    assert isinstance(again, BindingCheck)
    assert answered(ice.on_check(again, HOME, 3.0)).datagram == first
    assert ice.last_check_ms == 2.0
    assert answered(ice.on_check(write_check(), AWAY, 4.0))  # the path moves
    assert ice.on_usual_check(write_datagram(), HOME, 5.0) is None


def test_after_a_restart_nothing_is_usual_until_the_new_credentials_hold() -> None:
    ice = IceLite(FIRST)
    answered(ice.on_check(write_check(), HOME, 0.0))
    ice.restart(SECOND)
    assert ice.on_usual_check(write_datagram(), HOME, 1.0) is None
    answered(ice.on_check(write_check(), HOME, 1.0))
    assert ice.on_usual_check(write_datagram(), HOME, 1.0) is None
    assert ice.on_usual_check(write_datagram(SECOND), HOME, 1.0) is None
    answered(ice.on_check(write_check(SECOND), HOME, 2.0))
    assert ice.on_usual_check(write_datagram(SECOND), HOME, 3.0)
    assert ice.on_usual_check(write_datagram(FIRST), HOME, 3.0) is None
