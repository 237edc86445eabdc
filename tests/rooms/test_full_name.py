import pytest

from rooms.full_name import looks_like_full_name
from tests.rooms.test_contacts import VECTORS


@pytest.mark.parametrize("name", VECTORS.full_names)
def test_names_of_a_passport(name: str) -> None:
    assert looks_like_full_name(name)


@pytest.mark.parametrize("name", VECTORS.short_names)
def test_names_for_a_room(name: str) -> None:
    assert not looks_like_full_name(name)
