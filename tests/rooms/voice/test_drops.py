import re
from pathlib import Path

from rooms.voice.drops import DropCounts, DropReason


def test_each_reason_has_a_metric_name_and_a_sentence() -> None:
    for reason in DropReason:
        assert re.fullmatch(r"[a-z0-9_]+", reason.value)
        assert reason.name == reason.value.upper()
        assert reason.meaning.endswith((".", ")."))
    assert [reason.position for reason in DropReason] == list(range(len(DropReason)))
    assert DropReason("muted") is DropReason.MUTED


def test_counts_every_reason_by_itself() -> None:
    counts = DropCounts()
    counts.add(DropReason.MUTED)
    counts.add(DropReason.RATE, 3)
    counts.add(DropReason.RATE)
    assert counts[DropReason.MUTED] == 1
    assert counts[DropReason.RATE] == 4
    assert sum(counts.values()) == 5


def test_reads_as_a_mapping_of_all_reasons() -> None:
    counts = DropCounts()
    assert list(counts) == list(DropReason)
    assert len(counts) == len(DropReason)
    assert dict(counts) == dict.fromkeys(DropReason, 0)


def test_every_reason_is_given_somewhere() -> None:
    root = Path(__file__).resolve().parents[3]
    text = "".join(
        path.read_text() for package in ("rooms", "server") for path in (root / package).rglob("*.py")
    )
    assert [reason.name for reason in DropReason if f"DropReason.{reason.name}" not in text] == []
