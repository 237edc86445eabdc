import pytest

from rooms.roles import Role
from server.accounts.group_rights import gives, may_act_on, may_change, may_look, other_leads
from server.group_ports import ROSTER_ROLES, GroupSlug, RosterEntry

HALL = GroupSlug("hall")
ROSTER = tuple(RosterEntry(HALL, role.value, role, "", 0, 1) for role in ROSTER_ROLES)


def test_who_keeps_order_may_look_and_who_leads_may_change() -> None:
    assert {role for role in Role if may_change(role)} == {Role.HOST, Role.SECRETARY}
    assert {role for role in Role if may_look(role)} == {Role.SAFETY, Role.COHOST, Role.HOST, Role.SECRETARY}


@pytest.mark.parametrize("own", ROSTER, ids=lambda entry: entry.account_id)
def test_nobody_gives_what_is_above_or_acts_on_whoever_stands_beside(own: RosterEntry) -> None:
    acts_on = {other.role for other in ROSTER if may_act_on(own, other)}
    match own.role:
        case Role.SECRETARY:
            assert set(gives(own.role)) == acts_on == set(ROSTER_ROLES)
        case Role.HOST:
            assert set(gives(own.role)) == acts_on == set(ROSTER_ROLES) - {Role.SECRETARY}
        case _:
            assert gives(own.role) == ()
            assert acts_on == set()
    if may_change(own.role):
        assert not may_act_on(own, own._replace(account_id="another"))


def test_the_other_leads_are_hosts_and_secretaries() -> None:
    assert [entry.role for entry in other_leads(ROSTER, "host")] == [Role.SECRETARY]
    assert [entry.role for entry in other_leads(ROSTER, "reader")] == [Role.HOST, Role.SECRETARY]
