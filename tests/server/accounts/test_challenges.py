from server.accounts.challenges import (
    CHALLENGE_BYTES,
    CHALLENGE_MS,
    CHALLENGES_MAX,
    Challenge,
    Challenges,
    Purpose,
)

SIGN_IN = Challenge(Purpose.SIGN_IN, "https://meet.example", "")


def test_a_challenge_is_taken_once_for_what_it_was_given_out_for() -> None:
    challenges = Challenges()
    drawn = challenges.draw(SIGN_IN, 0)
    assert len(drawn) == CHALLENGE_BYTES
    assert challenges.take(drawn, SIGN_IN, 1)
    assert not challenges.take(drawn, SIGN_IN, 1)
    assert not challenges.take(bytes(CHALLENGE_BYTES), SIGN_IN, 1)


def test_a_wrong_use_uses_it_up_as_well() -> None:
    for wrong in (
        SIGN_IN._replace(purpose=Purpose.ADD),
        SIGN_IN._replace(origin="https://other.example"),
        SIGN_IN._replace(account_id="k7dm2x9q"),
    ):
        challenges = Challenges()
        drawn = challenges.draw(SIGN_IN, 0)
        assert not challenges.take(drawn, wrong, 1)
        assert not challenges.take(drawn, SIGN_IN, 1)


def test_it_ends() -> None:
    challenges = Challenges()
    first, second = challenges.draw(SIGN_IN, 0), challenges.draw(SIGN_IN, 0)
    assert challenges.take(first, SIGN_IN, CHALLENGE_MS - 1)
    assert not challenges.take(second, SIGN_IN, CHALLENGE_MS)


def test_the_oldest_are_forgotten_beyond_a_bound() -> None:
    challenges = Challenges()
    drawn = [challenges.draw(SIGN_IN, 0) for _ in range(CHALLENGES_MAX + 1)]
    assert not challenges.take(drawn[0], SIGN_IN, 1)
    assert challenges.take(drawn[1], SIGN_IN, 1)
