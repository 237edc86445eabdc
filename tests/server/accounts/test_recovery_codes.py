import asyncio
import re

import pytest

from server.account_ports import StoredCode
from server.accounts.opaque import draw_text
from server.accounts.recovery_codes import CODES, BusyError, CodeHasher, draw_codes, read_code


def _plain(code: str) -> str:
    read = read_code(code)
    assert read is not None
    return read[1]


def test_codes_begin_with_the_account_and_differ() -> None:
    account_id = draw_text(8)
    codes = draw_codes(account_id)
    assert len(set(codes)) == CODES == 2
    for code in codes:
        assert re.fullmatch(r"(?:[0-9a-z]{4}-){5}[0-9a-z]{4}", code)
        assert read_code(code) == (account_id, code.replace("-", ""))


@pytest.mark.parametrize(
    "typed",
    [
        "k7dm2x9q-0101-0101-abcd-efgh",
        " K7DM 2X9Q OIOL OIOL ABCD EFGH\t",
        "k7dm\u20132x9q01010101abcdefgh",
    ],
)
def test_capitals_gaps_and_lookalikes_are_no_mistakes(typed: str) -> None:
    assert read_code(typed) == ("k7dm2x9q", "k7dm2x9q01010101abcdefgh")


@pytest.mark.parametrize(
    "typed", ["", "k7dm", "k7dm2x9q01010101abcdefg", "k7dm2x9q01010101abcdefg\u00e4", "u" * 24]
)
def test_what_can_be_no_code_is_told_at_once(typed: str) -> None:
    assert read_code(typed) is None


async def test_a_code_is_found_by_its_digest_alone() -> None:
    hasher = CodeHasher()
    codes = draw_codes("k7dm2x9q")
    digests = await hasher.digests(codes)
    stored = [StoredCode(number, digest) for number, digest in enumerate(digests, 1)]
    assert all(digest.startswith("$argon2id$") for digest in digests)
    assert not any(_plain(code)[8:] in digest for code in codes for digest in digests)
    for code, one in zip(codes, stored, strict=True):
        assert await hasher.find(_plain(code), stored) == one
    assert await hasher.find(_plain(draw_codes("k7dm2x9q")[0]), stored) is None
    assert await hasher.find(_plain(codes[0]), stored[1:]) is None
    assert await hasher.find(_plain(codes[0]), []) is None
    assert await hasher.find(_plain(codes[0]), [StoredCode(1, "damaged")]) is None


async def test_two_digests_are_tried_whoever_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    monkeypatch.setattr(
        "server.accounts.recovery_codes._fits", lambda stored, _code: bool(tried.append(stored.digest))
    )
    hasher = CodeHasher()
    for stored in ([], [StoredCode(1, "x")], [StoredCode(1, "x"), StoredCode(2, "y")]):
        tried.clear()
        await hasher.find("code", stored)
        assert len(tried) == CODES


async def test_those_who_would_wait_for_long_are_turned_away() -> None:
    hasher = CodeHasher()
    codes = draw_codes("k7dm2x9q")
    async with asyncio.TaskGroup() as group:
        tries = [group.create_task(_may_hash(hasher, codes)) for _ in range(20)]
    assert [one.result() for one in tries].count(False) == 4
    assert await _may_hash(hasher, codes), "a place is given back"


async def _may_hash(hasher: CodeHasher, codes: tuple[str, ...]) -> bool:
    try:
        return len(await hasher.digests(codes[:1])) == 1
    except BusyError:
        return False
