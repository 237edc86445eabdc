"""Which name somebody may take beside those who are here."""

import string
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, count, product
from typing import Final

from rooms.claims import claims_role, cores, without_claims
from rooms.limits import NAME_MAX_CHARS
from rooms.model import Guest, Member
from rooms.names import read_name
from rooms.refusals import Refusal, RefusalCode
from rooms.roles import Role, is_trusted
from rooms.skeleton import skeletons

_LETTER: Final = "B"  # "A" reads as a word


class Names:
    """The names of those present, as a newcomer's is compared with them."""

    def __init__(self, others: Iterable[Member | Guest], role: Role) -> None:
        """Take who is present and the role of whoever wants a name."""
        self._is_trusted = is_trusted(role)
        present = tuple(others)
        self._skeletons = skeletons(*(other.name for other in present))
        self._cores: set[str] = set()
        for other in () if self._is_trusted else present:
            if isinstance(other, Member) and is_trusted(other.role):
                self._cores |= cores(other.name)

    def dresses_up(self, name: str) -> bool:
        """Whether the name is that of somebody trusted with marks, digits or words of a role put to it."""
        return bool(self._cores) and not self._cores.isdisjoint(cores(name))

    def is_taken(self, name: str) -> bool:
        """Whether somebody present, or what is trusted in them, could be taken for the bearer."""
        return not self._skeletons.isdisjoint(skeletons(name)) or self.dresses_up(name)

    def is_reserved(self, name: str) -> bool:
        """Whether the name claims a role that its bearer was not given."""
        return not self._is_trusted and claims_role(name)

    def free_name(self, name: str) -> str:
        """Return a name like this one that may be taken: with a number, or with an initial."""
        tails = _initials() if self.dresses_up(name) else chain(_numbers(), _initials())
        return _first_free(name, tails, lambda one: not (self.is_taken(one) or self.is_reserved(one)))


def take_name(text: str, others: Iterable[Member | Guest], role: Role) -> str | Refusal:
    """Return the name as it will be shown, or why it cannot be taken, with one that can where there is one.

    Refusals: `name_unusable`, `name_taken`, and `name_reserved`, whose suggestion is empty where nothing
    is left of the name without the words of a role.
    """
    name = read_name(text)
    if isinstance(name, Refusal):
        return name
    names = Names(others, role)
    if names.is_reserved(name):
        left = _left_of(name)
        suggestion = names.free_name(left) if left and names.is_taken(left) else left
        return Refusal(code=RefusalCode.NAME_RESERVED, suggestion=suggestion)
    if names.is_taken(name):
        return Refusal(code=RefusalCode.NAME_TAKEN, suggestion=names.free_name(name))
    return name


def return_name(text: str, others: Iterable[Member | Guest], role: Role) -> str | Refusal:
    """Return the name under which somebody comes back: the old one, or if it is taken, one like it.

    One like it claims no role that is gone; where nothing is left without its words, it is a letter.
    """
    name = read_name(text)
    if isinstance(name, Refusal):
        return name
    names = Names(others, role)
    if not names.is_taken(name):
        return name
    if names.is_reserved(name):
        name = _left_of(name) or _LETTER
    return names.free_name(name) if names.is_taken(name) else name


def _left_of(name: str) -> str:
    """Return what is left of a name without words of a role, as it will be shown; maybe nothing."""
    left = read_name(without_claims(name))
    return left if isinstance(left, str) else ""


def _first_free(name: str, tails: Iterable[str], is_free: Callable[[str], bool]) -> str:
    candidates = (name[: NAME_MAX_CHARS - len(tail)].rstrip() + tail for tail in tails)
    return next(candidate for candidate in candidates if is_free(candidate))


def _numbers() -> Iterator[str]:
    return (f" {number}" for number in range(2, 10_000))


def _initials() -> Iterator[str]:
    letters = string.ascii_uppercase[1:]  # " A" reads as a word
    return (" " + "".join(some) for length in count(1) for some in product(letters, repeat=length))
