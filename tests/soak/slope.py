"""A slope that single outliers do not move, with its interval (Theil 1950; Sen 1968)."""

import math
from collections.abc import Sequence
from itertools import combinations
from statistics import median
from typing import Final, NamedTuple

_Z95: Final = 1.959964  # two-sided, of the normal distribution


class Slope(NamedTuple):
    """Units of y per unit of x: the estimate, and between what it is with 95 % confidence."""

    estimate: float
    low: float
    high: float


def theil_sen(xs: Sequence[float], ys: Sequence[float]) -> Slope:
    """Return the median of the slopes between all pairs, and Sen's interval by ranks.

    The interval takes the values as independent of each other around the line. Values that follow each other
    closely are not: give it the medians of longer times.

    Raises:
        ValueError: there are fewer than three points, or two at the same x.
    """
    count = len(xs)
    if count < 3 or len(ys) != count or len(set(xs)) != count:
        raise ValueError("a slope needs at least three points, each at its own x")
    points = zip(xs, ys, strict=True)
    slopes = sorted((b[1] - a[1]) / (b[0] - a[0]) for a, b in combinations(points, 2))
    spread = _Z95 * math.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    low = max(0, math.floor((len(slopes) - spread) / 2))
    high = min(len(slopes) - 1, math.ceil((len(slopes) + spread) / 2))
    return Slope(median(slopes), slopes[low], slopes[high])


def medians_by(length: float, xs: Sequence[float], ys: Sequence[float]) -> tuple[list[float], list[float]]:
    """Return the medians of both over stretches of x of this length; those not half full are left out."""
    stretches: dict[int, list[tuple[float, float]]] = {}
    for x, y in zip(xs, ys, strict=True):
        stretches.setdefault(int((x - xs[0]) // length), []).append((x, y))
    full = max(map(len, stretches.values()), default=0)
    kept = [pairs for pairs in stretches.values() if 2 * len(pairs) >= full]
    return [median(x for x, _ in pairs) for pairs in kept], [median(y for _, y in pairs) for pairs in kept]
