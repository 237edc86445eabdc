"""The fixture itself would notice."""

from tests.hostile.beside import Beside


async def test_nine_who_are_left_in_peace_are_well(beside: Beside) -> None:
    async with beside.trial("none", "nobody"):
        pass
    look = await beside.look()
    assert look.wrong == ()
    assert look.packets >= 3
