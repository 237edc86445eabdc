"""Carries reports to the operator: sealed, with the last minutes of the chat, never with sound.

What goes with a report is what the server itself knows, so that nobody can forge it. It is sealed at once
(Fernet, the `cryptography` package) under a key that lies beside the store, not in it: the store, its backups
and whoever can only read those learn nothing. The reporter is a number of that sitting.
"""

from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol

import msgspec
from cryptography.fernet import Fernet, InvalidToken

from rooms.facts import Commit, ReportMade
from rooms.ids import MemberId, RoomSlug
from rooms.limits import REPORT_CHAT_MS
from rooms.model import Record, ReportReason, Room
from server.group_ports import Reports, StoredReport
from server.groups import GroupBook
from server.key_file import open_with_key
from server.logs import log_for
from server.ports import StoreError
from server.store_writer import StoreWriter

KEY_FILE: Final = "report.key"
WAITING_MAX: Final = 200  # sealed; each holds as much as the chat window at most

_MINUTE_MS: Final = 60_000

_log = log_for("store")


class SaidLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of chat as it was shown when somebody reported."""

    member_id: MemberId
    name: str
    text: str
    sent_ms: int


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator may read of a report.

    `member_id` and `name` are of whom it is about, `name` empty where nobody knows it any more; `by` told.
    """

    report_id: str
    room: RoomSlug
    at_min: int
    reason: ReportReason
    words: str
    member_id: MemberId
    name: str
    by: MemberId
    chat: tuple[SaidLine, ...]


_decoder = msgspec.json.Decoder(Evidence)


class ReportSeal:
    """Seals and opens evidence under one key."""

    def __init__(self, key: bytes) -> None:
        """Take a Fernet key: 32 bytes, URL-safe base64.

        Raises:
            ValueError: if it is not one.
        """
        self._fernet = Fernet(key)

    @classmethod
    def open(cls, data_dir: Path) -> "ReportSeal":
        """Use the key in the data directory; make one where none is.

        Raises:
            OSError: if the directory cannot be read or written.
            ValueError: if the file holds no key.
        """
        return open_with_key(data_dir, KEY_FILE, Fernet.generate_key, cls)

    def seal(self, evidence: Evidence) -> bytes:
        """Return the evidence so that nobody reads it without the key."""
        return self._fernet.encrypt(msgspec.json.encode(evidence))

    def open_report(self, sealed: bytes) -> Evidence:
        """Return what was sealed.

        Raises:
            ValueError: it was sealed under another key, or changed since.
        """
        try:
            return _decoder.decode(self._fernet.decrypt(sealed))
        except (InvalidToken, msgspec.MsgspecError):
            raise ValueError("the report was sealed under another key, or is damaged") from None


class ReportStore(Protocol):
    """What this file needs of the store."""

    @property
    def reports(self) -> Reports:
        """What was reported."""
        ...


class ReportKeeper(StoreWriter):
    """One for each node. Of a report that several nodes bring the store keeps the first."""

    def __init__(self, book: GroupBook, store: ReportStore, seal: ReportSeal) -> None:
        """Take the parts; nothing is written before the context is entered."""
        super().__init__()
        self.lost = 0
        """Reports that found no place while the store was away."""
        self._book = book
        self._store = store
        self._seal = seal
        self._waiting: deque[StoredReport] = deque()

    def hear(self, slug: RoomSlug, record: Record, commits: tuple[Commit, ...]) -> None:
        """See `server.lasting.Keeps`."""
        for commit in commits:
            if isinstance(commit.fact, ReportMade):
                self._put(evidence_of(slug, record.room, commit.fact, commit.by))

    find = hear

    def _put(self, evidence: Evidence) -> None:
        if len(self._waiting) >= WAITING_MAX:
            self.lost += 1
            _log.error("reports_full")
            return
        report = StoredReport(
            report_id=evidence.report_id,
            group_slug=self._book.group_of(evidence.room),
            room_slug=evidence.room,
            at_min=evidence.at_min,
            sealed=self._seal.seal(evidence),
        )
        self._waiting.append(report)
        self.wake()

    def waiting(self) -> Mapping[str, int]:
        """See `StoreWriter.waiting`."""
        return {"reports": len(self._waiting)}

    async def write(self) -> None:
        """See `StoreWriter.write`: one by one."""
        while self._waiting:
            report = self._waiting[0]
            try:
                await self._store.reports.add(report)
            except StoreError:
                self._waiting.rotate(-1)  # one that cannot be written must not keep the others
                raise
            self._waiting.remove(report)


def evidence_of(slug: RoomSlug, room: Room | None, fact: ReportMade, by: MemberId) -> Evidence:
    """Return what goes to the operator with a report, from the room as it is shown; None: it has ended."""
    report = fact.report
    about = room.members.get(report.member_id) if room else None
    chat = room.chat if room else ()
    wrote = [line.name for line in chat if line.member_id == report.member_id]
    return Evidence(
        report_id=report.report_id,
        room=slug,
        at_min=report.at_ms // _MINUTE_MS,
        reason=report.reason,
        words=report.words,
        member_id=report.member_id,
        name=about.name if about else wrote[-1] if wrote else "",
        by=by,
        chat=tuple(
            SaidLine(member_id=line.member_id, name=line.name, text=line.text, sent_ms=line.sent_ms)
            for line in chat
            if line.sent_ms >= report.at_ms - REPORT_CHAT_MS
        ),
    )
