from itertools import product

import pytest

from signaling.session import TRANSITIONS, Input, OutOfTurnError, Phase, advance


@pytest.mark.parametrize(("phase", "step"), list(product(Phase, Input)))
def test_every_step_is_in_the_table_or_refused(phase: Phase, step: Input) -> None:
    if (phase, step) in TRANSITIONS:
        assert advance(phase, step) is TRANSITIONS[phase, step]
    else:
        with pytest.raises(OutOfTurnError):
            advance(phase, step)


def test_closing_is_always_possible_and_final() -> None:
    assert all(advance(phase, Input.CLOSE) is Phase.CLOSED for phase in Phase)
    assert [step for phase, step in TRANSITIONS if phase is Phase.CLOSED] == [Input.CLOSE]


def test_the_way_to_a_seat() -> None:
    assert advance(advance(Phase.OPENED, Input.CONNECT), Input.SEAT) is Phase.SEATED
