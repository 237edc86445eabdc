import pytest

from rooms.roles import ABILITIES, RANK, Ability, Role, is_trusted, may


def test_every_role_has_a_row_and_a_rank() -> None:
    assert set(ABILITIES) == set(RANK) == set(Role)


def test_a_higher_rank_never_has_less() -> None:
    for role in Role:
        for other in Role:
            if RANK[role] == RANK[other] + 1 and not {Role.TIMEKEEPER, Role.CAPTIONER} & {role, other}:
                assert ABILITIES[other] < ABILITIES[role]


@pytest.mark.parametrize("role", Role)
def test_least_privilege(role: Role) -> None:
    assert may(role, Ability.SPEAK)
    assert may(role, Ability.KEEP_ORDER) is (RANK[role] >= RANK[Role.SAFETY])
    assert may(role, Ability.RUN_FLOOR) is (RANK[role] >= RANK[Role.COHOST])
    assert may(role, Ability.GIVE_ROLES) is (RANK[role] >= RANK[Role.HOST])
    assert may(role, Ability.KEEP_TIME) is (role is Role.TIMEKEEPER or RANK[role] >= RANK[Role.COHOST])
    assert may(role, Ability.SPEAK_UNASKED) is (role not in {Role.MEMBER, Role.CAPTIONER})
    assert may(role, Ability.WRITE_CAPTIONS) is (role is Role.CAPTIONER)
    assert is_trusted(role) is (role is not Role.MEMBER)


def test_only_links_make_a_host() -> None:
    leading = {role for role in Role if may(role, Ability.GIVE_ROLES)}
    assert leading == {role for role in Role if RANK[role] == max(RANK.values())}


@pytest.mark.parametrize("ability", Ability)
def test_every_ability_is_held_by_somebody(ability: Ability) -> None:
    assert any(may(role, ability) for role in Role)


def test_only_those_who_keep_order_see_who_was_removed() -> None:
    for role in Role:
        assert may(role, Ability.SEE_MODERATION) is may(role, Ability.KEEP_ORDER)
