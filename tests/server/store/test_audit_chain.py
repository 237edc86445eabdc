import pytest

from rooms.ids import MemberId, RoomSlug
from server.ports import AuditEntry
from server.store.audit_chain import NO_DIGEST, AuditRow, Chain, digest_of, first_broken

TALK = RoomSlug("talk")


def _rows(count: int, number: int = 0, digest: bytes = NO_DIGEST) -> tuple[Chain, list[AuditRow]]:
    start = Chain(start_number=number, start_digest=digest)
    rows = []
    for _ in range(count):
        number += 1
        entry = AuditEntry(TALK, 28_000_000 + number, "member_muted", MemberId(1), MemberId(number))
        digest = digest_of(digest, number, entry)
        rows.append(AuditRow(number, entry, digest))
    return start._replace(end_number=number, end_digest=digest), rows


def test_what_nobody_changed_is_whole() -> None:
    assert first_broken(*_rows(5)) is None
    assert first_broken(Chain(), []) is None
    assert first_broken(*_rows(5, 70, b"x" * 32)) is None


@pytest.mark.parametrize(
    "change",
    [
        {"slug": RoomSlug("other")},
        {"at_min": 1},
        {"action": "mute_lifted"},
        {"actor": MemberId(2)},
        {"target": MemberId(99)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_changed_field_is_found(change: dict[str, object]) -> None:
    chain, rows = _rows(5)
    rows[2] = rows[2]._replace(entry=rows[2].entry._replace(**change))  # type: ignore[arg-type]
    assert first_broken(chain, rows) == 3


def test_a_changed_row_with_a_fitting_digest_breaks_the_next() -> None:
    chain, rows = _rows(5)
    entry = rows[2].entry._replace(actor=MemberId(7))
    rows[2] = AuditRow(3, entry, digest_of(rows[1].digest, 3, entry))
    assert first_broken(chain, rows) == 4


@pytest.mark.parametrize("gone", range(5))
def test_a_missing_row_is_found(gone: int) -> None:
    chain, rows = _rows(5)
    del rows[gone]
    assert first_broken(chain, rows) == gone + 1


def test_swapped_and_added_rows_are_found() -> None:
    chain, rows = _rows(5)
    assert first_broken(chain, [rows[0], rows[2], rows[1], *rows[3:]]) == 2
    _, longer = _rows(6)
    assert first_broken(chain, longer) == 7
    assert first_broken(chain, []) == 1
