from rooms.roles import ABILITIES, Ability, Role, may


def test_every_role_has_a_row() -> None:
    assert set(ABILITIES) == set(Role)


def test_least_privilege() -> None:
    assert may(Role.MEMBER, Ability.SPEAK)
    assert not may(Role.MEMBER, Ability.MUTE_OTHERS)
    assert may(Role.HOST, Ability.REMOVE_OTHERS)
    assert ABILITIES[Role.MEMBER] < ABILITIES[Role.HOST]
