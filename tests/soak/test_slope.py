import random
from statistics import linear_regression

import pytest

from tests.soak.slope import medians_by, theil_sen


def test_points_on_a_line_give_its_slope_and_no_doubt() -> None:
    assert theil_sen([0, 1, 2, 3, 10], [5, 7, 9, 11, 25]) == (2, 2, 2)


def test_single_outliers_do_not_move_it() -> None:
    xs = [float(x) for x in range(40)]
    ys = [3 * x + (1_000 if x in {3.0, 30.0} else 0) for x in xs]
    assert theil_sen(xs, ys).estimate == pytest.approx(3)
    assert linear_regression(xs, ys).slope != pytest.approx(3, abs=0.5)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    chance = random.Random(7)
    xs = [float(x) for x in range(30)]
    held = 0
    for _ in range(400):
        low, high = theil_sen(xs, [0.5 * x + chance.gauss(0, 4) for x in xs])[1:]
        held += low <= 0.5 <= high
    assert 0.92 <= held / 400 <= 0.98


def test_what_gives_no_slope_is_refused() -> None:
    for xs, ys in (([0.0, 1.0], [1.0, 2.0]), ([0.0, 1.0, 1.0], [1.0, 2.0, 3.0]), ([0.0, 1.0, 2.0], [1.0])):
        with pytest.raises(ValueError, match="three points"):
            theil_sen(xs, ys)


def test_medians_of_stretches() -> None:
    xs = [0, 20, 40, 60, 80, 100, 120]
    assert medians_by(60, xs, [1, 9, 2, 5, 5, 6, 99]) == ([20, 80], [2, 5])
