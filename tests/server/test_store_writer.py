import asyncio
from collections.abc import Coroutine, Mapping

import pytest
from structlog.testing import capture_logs

from server import store_writer
from server.ports import StoreError
from server.store_writer import StoreWriter

WITHIN_S = 5.0


class Pen(StoreWriter):
    """Writes words, unless the store is away."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.written: list[str] = []
        self.is_away = False
        self.tried = asyncio.Event()
        self.beside = asyncio.Event()

    async def write(self) -> None:
        self.tried.set()
        if self.is_away:
            raise StoreError("away")
        self.written += self.words
        self.words.clear()

    def waiting(self) -> Mapping[str, int]:
        return {"words": len(self.words), "nothing": 0}

    def besides(self) -> tuple[Coroutine[None, None, None], ...]:
        async def sit() -> None:
            self.beside.set()
            await asyncio.Event().wait()

        return (sit(),)

    def say(self, word: str) -> None:
        self.words.append(word)
        self.wake()


async def test_what_waits_is_written_when_it_comes_and_at_the_end() -> None:
    pen = Pen()
    pen.say("before")
    async with asyncio.timeout(WITHIN_S), pen:
        await pen.tried.wait()
        assert pen.written == ["before"]
        await pen.beside.wait()
        pen.words.append("nobody woke it")
    assert pen.written == ["before", "nobody woke it"]


async def test_a_store_that_is_away_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_writer, "AGAIN_S", 0.01)
    pen = Pen()
    pen.is_away = True
    with capture_logs() as log:
        async with asyncio.timeout(WITHIN_S), pen:
            pen.say("late")
            for _ in range(2):
                pen.tried.clear()
                await pen.tried.wait()
            assert pen.written == []
            pen.is_away = False
    assert pen.written == ["late"]
    assert "save_failed" in {entry["event"] for entry in log}


async def test_a_stop_waits_for_no_store_and_says_what_is_lost() -> None:
    pen = Pen()
    pen.is_away = True
    with capture_logs() as log:
        async with asyncio.timeout(WITHIN_S), pen:
            pen.say("lost")
    assert pen.written == []
    assert {entry["event"]: entry.get("words") for entry in log}["not_saved"] == 1
