"""The room log of a cluster: every room's truth is in Redis, and each node that follows it keeps a copy.

An append names the newest commit that its author has seen, and is taken only if that is still the newest.
So its author knows the record before and after, which makes everything else possible in the same step:
older commits without the words that this one takes back, a snapshot where one is due, and sealed entries
that carry their seq. Of two nodes that append at once, one is told that the log has moved on, reads what is
new, and tries again; only where the news can change the decision must it be decided again (`Clash`).

A log that is lost, went back, or holds what no node wrote begins a new epoch: every node that is there
offers its record, and after `SEED_WAIT_S` the newest one is where the room goes on. See
docs/decisions/0016-when-redis-is-away.md.
"""

import asyncio
import re
import secrets
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, NamedTuple, TypeVar

import msgspec
from msgspec.structs import replace

from rooms.apply import apply
from rooms.facts import Commit, is_ruling
from rooms.ids import NO_MEMBER, RoomSlug
from rooms.model import Record, Revision, empty_record
from server.bus.envelope import UNREADABLE, DropKind, Kind, Sealer
from server.bus.keys import room_key
from server.bus.link import RedisLink, Script, Word, WrongKindError
from server.bus.redis_bus import Entry, News, RedisBus
from server.bus.scripts import APPEND, FETCH, FOUND, LOOK, OFFER, SET_ASIDE, TIDY
from server.bus.tail import RoomTail
from server.logs import log_for
from server.ports import Clash, Clock, Draft, Kept, LogUnavailableError, Missing

SNAPSHOT_COMMITS: Final = 200
LIFETIME_MS: Final = 6 * 60 * 60 * 1_000  # of a room that no node follows any more; nodes renew it
RENEW_S: Final = 600.0
SEED_WAIT_S: Final = 0.8  # for others to see the loss too, and to offer what they have
TRIES: Final = 20
_SEED_MS: Final = 10_000
_MARK_BYTES: Final = 8
_NUMBER: Final = re.compile(rb"[0-9]{1,15}")  # wall clocks in ms have 13

_log = log_for("room_log")
_encoder = msgspec.msgpack.Encoder()
_entry_decoder = msgspec.msgpack.Decoder(Entry)
_record_decoder = msgspec.msgpack.Decoder(Record)
_What = TypeVar("_What")


class _Copy:
    """What this node has of one room."""

    __slots__ = ("is_behind", "is_lost", "lock", "mark", "marks", "snapshot_seq", "tail", "wants_snapshot")

    def __init__(self) -> None:
        self.tail: RoomTail | None = None
        self.mark = b""  # of the newest commit
        self.marks: dict[int, bytes] = {}  # of the commits that are kept
        self.snapshot_seq = 0
        self.is_behind = True  # there may be commits that were not heard
        self.is_lost = True  # the copy belongs to no log that is there
        self.wants_snapshot = False  # with the next append, for nodes that the log no longer leads there
        self.lock = asyncio.Lock()

    def begin(self, log: "_Whole") -> None:
        """Stand where the log stands."""
        self.tail = RoomTail(log.record, (entry.commit for entry in log.entries))
        self.marks = {entry.commit.seq: entry.mark for entry in log.entries}
        self.mark, self.snapshot_seq = log.mark, log.snapshot_seq
        self.is_lost = False

    def extend(self, entries: Sequence[Entry]) -> None:
        """Take the entries that follow; known ones are passed over."""
        tail = self.tail
        if tail is None or self.is_lost:
            self.is_behind = True
            return
        fresh = [entry for entry in entries if entry.commit.seq > tail.revision.seq]
        if not fresh:
            return
        if fresh[0].commit.seq != tail.revision.seq + 1:
            self.is_behind = True
        elif fresh[0].prev != self.mark:
            self.is_behind = self.is_lost = True
        else:
            tail.grow(entry.commit for entry in fresh)
            self.mark, self.snapshot_seq = fresh[-1].mark, fresh[-1].snapshot_seq
            self.marks |= {entry.commit.seq: entry.mark for entry in fresh}
            first = tail.commits[0].seq
            for seq in [seq for seq in self.marks if seq < first]:
                del self.marks[seq]

    def bare_entry(self, commit: Commit) -> Entry:
        """Return the entry of a commit that is kept without its words."""
        seq = commit.seq
        return Entry(commit, self.marks.get(seq, b""), self.marks.get(seq - 1, b""), 0)


class _Whole(NamedTuple):
    """A log as it was fetched."""

    record: Record
    entries: tuple[Entry, ...]
    mark: bytes
    snapshot_seq: int


class _DamagedError(Exception):
    """The log holds what no node wrote."""


class RedisLog:
    """See `server.ports.RoomLog`."""

    def __init__(
        self, link: RedisLink, sealer: Sealer, bus: RedisBus, clock: Clock, seed_wait_s: float = SEED_WAIT_S
    ) -> None:
        """Keep copies of the rooms that are read."""
        self._link = link
        self._sealer = sealer
        self._clock = clock
        self._seed_wait_s = seed_wait_s
        self._publish = "SPUBLISH" if link.is_cluster else "PUBLISH"
        self._copies: dict[RoomSlug, _Copy] = {}
        self._has_the_key = False  # something that was sealed before this node's start could be opened
        bus.on_entries(self._hear)
        bus.on_lost(self._lose)

    async def append(self, slug: RoomSlug, epoch: int, draft: Draft) -> tuple[Commit, ...] | Clash:
        """See `server.ports.RoomLog.append`."""
        copy = self._copy(slug)
        async with copy.lock:
            for _ in range(TRIES):
                if copy.is_behind:
                    await self._catch_up(slug, copy)
                if copy.tail is None or copy.is_lost or not _still_holds(copy.tail.record, epoch, draft):
                    return Clash()
                try:
                    commits = await self._try(slug, copy, copy.tail, draft)
                except WrongKindError:
                    copy.wants_snapshot = True
                    raise
                if commits is not None:
                    return commits
        return Clash()

    async def read(self, slug: RoomSlug) -> Record:
        """See `server.ports.RoomLog.read`."""
        copy = self._copy(slug)
        async with copy.lock:
            if copy.is_behind:
                await self._catch_up(slug, copy)
            for _ in range(TRIES):
                if copy.tail is not None and not copy.is_lost:
                    return copy.tail.record
                await self._load(slug, copy)
        raise LogUnavailableError

    async def since(self, slug: RoomSlug, revision: Revision) -> tuple[Commit, ...] | Missing:
        """See `server.ports.RoomLog.since`."""
        copy = self._copy(slug)
        if copy.is_behind:
            async with copy.lock:
                if copy.is_behind:
                    await self._catch_up(slug, copy)
        if copy.tail is None or copy.is_lost:
            return Missing()
        return copy.tail.since(revision)

    async def kept(self, slug: RoomSlug) -> Kept:
        """See `server.ports.RoomLog.kept`."""
        record = await self.read(slug)
        tail = self._copy(slug).tail
        return Kept(record, tuple(tail.commits) if tail is not None else ())

    async def run(self) -> None:
        """Let the rooms that are followed live on, until cancelled."""
        while True:
            await asyncio.sleep(RENEW_S)
            for slug in tuple(self._copies):
                for what in ("log", "head", "snapshot"):
                    try:
                        await self._link.command("PEXPIRE", room_key(slug, what), LIFETIME_MS)
                    except LogUnavailableError:
                        break

    def _copy(self, slug: RoomSlug) -> _Copy:
        return self._copies.setdefault(slug, _Copy())

    def _hear(self, slug: RoomSlug, epoch: int, entries: tuple[Entry, ...]) -> None:
        copy = self._copy(slug)
        if copy.tail is None or epoch != copy.tail.revision.epoch:
            copy.is_behind = True  # the log says which of the two is in force
        else:
            copy.extend(entries)

    def _lose(self, slug: RoomSlug) -> None:
        self._copy(slug).is_behind = True

    async def _try(
        self, slug: RoomSlug, copy: _Copy, tail: RoomTail, draft: Draft
    ) -> tuple[Commit, ...] | None:
        """Append, unless somebody else was faster."""
        grown = tail.copy()
        commits = _commits(tail.revision.seq, draft)
        bare = {commit.seq: commit for commit in grown.grow(commits)}
        revision = grown.revision
        snapshot_seq, snapshot = copy.snapshot_seq, b""
        if (
            revision.seq - snapshot_seq >= SNAPSHOT_COMMITS
            or copy.wants_snapshot
            or grown.record.room is None
            or grown.has_lost_older
            or any(seq <= snapshot_seq for seq in bare)
        ):
            snapshot_seq, snapshot = revision.seq, self._seal_record(slug, grown.record)
        entries: list[Entry] = []
        for commit in commits:
            prev = entries[-1].mark if entries else copy.mark
            entries.append(Entry(commit, secrets.token_bytes(_MARK_BYTES), prev, snapshot_seq))
        news = News(revision.epoch, tuple(entries))
        kept = [replace(entry, commit=bare.get(entry.commit.seq, entry.commit)) for entry in entries]
        places: list[bytes | int] = []
        for seq, commit in bare.items():
            if seq < commits[0].seq:
                places += [seq, self._seal_entry(slug, copy.bare_entry(commit))]
        answer = await self._ask(
            APPEND,
            slug,
            ("log", "head", "snapshot", "facts"),
            (
                *(revision.epoch, copy.mark, revision.seq, entries[-1].mark, snapshot_seq),
                *(len(grown.commits), LIFETIME_MS, snapshot, self._publish),
                *(self._sealer.seal(Kind.FACTS, slug, _encoder.encode(news)), len(kept)),
                *(self._seal_entry(slug, entry) for entry in kept),
                *places,
            ),
            wants_copy=any(map(is_ruling, draft.facts)),
        )
        if answer == [b"ok"]:
            copy.wants_snapshot = False
            copy.extend(tuple(entries))
            return commits
        copy.is_behind = True
        return None

    async def _catch_up(self, slug: RoomSlug, copy: _Copy) -> None:
        """Read what was not heard; the copy is lost if the log is not the one that it was made of."""
        if copy.tail is None or copy.is_lost:
            return
        revision, mark = copy.tail.revision, copy.mark
        copy.is_behind = False  # before asking: what is missed from now on sets it again
        try:
            what, *found = await self._ask(LOOK, slug, ("log", "head"), (revision.epoch, revision.seq, mark))
            entries = tuple(self._open_entry(slug, sealed) for sealed in found)
        except LogUnavailableError:
            copy.is_behind = True
            raise
        except _DamagedError:
            what, entries = b"other", ()
        if what in {b"lost", b"other"}:
            copy.is_lost = True
        copy.extend(entries)

    async def _load(self, slug: RoomSlug, copy: _Copy) -> None:
        """Stand where the log stands; where that is no good, let a new epoch begin."""
        copy.is_behind = False  # before asking: what is missed from now on sets it again
        try:
            await self._fetch(slug, copy)
        except LogUnavailableError:
            copy.is_behind = True
            raise

    async def _fetch(self, slug: RoomSlug, copy: _Copy) -> None:
        what, *found = await self._ask(FETCH, slug, ("log", "head", "snapshot"), ())
        if what == b"lost":
            await self._begin_epoch(slug, _NO_HEAD, copy.tail.record if copy.tail else None)
            return
        head = _read_head(found)
        try:
            whole: _Whole | None = self._open_log(slug, head, found[4], found[5:])
        except _DamagedError:
            _log.error("log_damaged", room=slug)
            whole = None
        better = _better(copy, head, whole)
        if better is not None:
            await self._begin_epoch(slug, head, better)
        elif whole is not None:
            copy.begin(whole)
        elif self._is_ours(slug, found[4], found[5:]):
            await self._set_aside(slug, head)
        else:
            raise LogUnavailableError

    def _is_ours(self, slug: RoomSlug, snapshot: bytes, sealed: list[bytes]) -> bool:
        """Whether a damaged log was one of this cluster. To a node with a wrong key, every log looks so."""
        kinds = [(Kind.SNAPSHOT, snapshot), *((Kind.ENTRY, one) for one in sealed)]
        for kind, piece in kinds:
            with suppress(_DamagedError):
                self._open(kind, slug, piece)
        return self._has_the_key

    async def _set_aside(self, slug: RoomSlug, head: "_Head") -> None:
        """Let a damaged log be a lost one, and all be told: whoever has the record offers it then."""
        keys = ("log", "head", "snapshot", "facts", "damaged-log", "damaged-head", "damaged-snapshot")
        news = self._sealer.seal(Kind.FACTS, slug, _encoder.encode(News(head.epoch, ())))
        answer = await self._ask(
            SET_ASIDE, slug, keys, (head.text, head.mark, LIFETIME_MS, self._publish, news)
        )
        if answer == [b"aside"]:
            self._link.counts.set_aside += 1
            _log.error("log_set_aside", room=slug)

    async def _begin_epoch(self, slug: RoomSlug, head: "_Head", record: Record | None) -> None:
        """Offer a record, let others do so too, and let the room go on from the best of them."""
        came_from = record.revision if record else Revision(0, 0)
        epoch = max(self._clock.wall_ms(), came_from.epoch + 1, head.epoch + 1)
        fresh = (
            replace(record, revision=Revision(epoch, came_from.seq))
            if record is not None
            else empty_record(epoch)
        )
        seen = (head.text, head.mark)
        mark, snapshot = secrets.token_bytes(_MARK_BYTES), self._seal_record(slug, fresh)
        offer = (*seen, came_from.epoch, came_from.seq, epoch, mark, snapshot, _SEED_MS)
        answer = await self._ask(OFFER, slug, ("head", "seed"), offer)
        if answer != [b"offered"]:
            return
        await asyncio.sleep(self._seed_wait_s)
        news = self._sealer.seal(Kind.FACTS, slug, _encoder.encode(News(epoch, ())))
        keys = ("log", "head", "snapshot", "facts", "seed")
        answer = await self._ask(FOUND, slug, keys, (*seen, LIFETIME_MS, self._publish, news))
        if answer == [b"founded"]:
            self._link.counts.epochs += record is not None
            _log.warning("epoch_begins", room=slug, was_lost=record is not None)

    async def _ask(
        self,
        script: Script,
        slug: RoomSlug,
        keys: tuple[str, ...],
        words: tuple[Word, ...],
        *,
        wants_copy: bool = False,
    ) -> list[bytes]:
        """Run a script on keys of a room; return its answer, which begins with a word.

        Raises:
            LogUnavailableError: also where Redis holds, or answers, what no node has written.
        """
        try:
            answer = await self._link.script(
                script, [room_key(slug, what) for what in keys], words, wants_copy=wants_copy
            )
        except WrongKindError:
            await self._tidy(slug)
            raise
        told = [
            word for word in (answer if isinstance(answer, list) else [answer]) if isinstance(word, bytes)
        ]
        if not told or (isinstance(answer, list) and len(told) < len(answer)):
            await self._tidy(slug)
            raise LogUnavailableError
        return told

    async def _tidy(self, slug: RoomSlug) -> None:
        """Drop what stands in the log's place and is no log; the room then goes on from a node's copy."""
        keys = [room_key(slug, what) for what in ("log", "head", "snapshot", "seed")]
        if await self._link.script(TIDY, keys, ()) not in ([b"0"], b"0"):
            _log.error("log_damaged", room=slug)

    def _open_log(self, slug: RoomSlug, head: "_Head", snapshot: bytes, sealed: list[bytes]) -> _Whole:
        """Open everything and see that it fits together.

        Raises:
            _DamagedError: it does not, or no node wrote it.
            LogUnavailableError: a later release wrote it.
        """
        if not head.is_sound:
            raise _DamagedError
        record = self._open_record(slug, snapshot) if snapshot else empty_record(head.epoch)
        entries = tuple(self._open_entry(slug, one) for one in sealed)
        if record.revision.epoch != head.epoch:
            raise _DamagedError
        try:
            for entry in entries:
                if entry.commit.seq > record.revision.seq:
                    record = apply(record, entry.commit)
        except ValueError:  # a commit is missing
            raise _DamagedError from None
        if record.revision.seq != head.seq:
            raise _DamagedError
        return _Whole(record, entries, head.mark, head.snapshot_seq)

    def _open_entry(self, slug: RoomSlug, sealed: bytes) -> Entry:
        return self._decode(_entry_decoder, self._open(Kind.ENTRY, slug, sealed))

    def _open_record(self, slug: RoomSlug, sealed: bytes) -> Record:
        return self._decode(_record_decoder, self._open(Kind.SNAPSHOT, slug, sealed))

    def _open(self, kind: Kind, slug: RoomSlug, sealed: bytes) -> bytes:
        opened = self._sealer.open(kind, slug, sealed, is_live=False)
        if opened is DropKind.VERSION:
            raise LogUnavailableError
        if isinstance(opened, DropKind):
            raise _DamagedError
        self._has_the_key |= not opened.is_own or opened.fence != self._sealer.fence
        return opened.body

    def _decode(self, decoder: "msgspec.msgpack.Decoder[_What]", body: bytes) -> _What:
        try:
            return decoder.decode(body)
        except UNREADABLE:  # a node wrote it, of a later release
            self._sealer.drops[DropKind.SHAPE] += 1
            raise LogUnavailableError from None

    def _seal_entry(self, slug: RoomSlug, entry: Entry) -> bytes:
        return self._sealer.seal(Kind.ENTRY, slug, _encoder.encode(entry))

    def _seal_record(self, slug: RoomSlug, record: Record) -> bytes:
        return self._sealer.seal(Kind.SNAPSHOT, slug, _encoder.encode(record))


class _Head(NamedTuple):
    """What the log says of itself; `text` is its epoch as it stands there."""

    epoch: int
    seq: int
    mark: bytes
    snapshot_seq: int
    text: bytes
    is_sound: bool = True


_NO_HEAD: Final = _Head(0, 0, b"", 0, b"")


def _read_head(found: Sequence[bytes]) -> _Head:
    text, seq, mark, snapshot_seq = found[:4]
    numbers = [int(one) if _NUMBER.fullmatch(one) else 0 for one in (text, seq, snapshot_seq)]
    is_sound = bool(mark) and all(map(_NUMBER.fullmatch, (text, seq, snapshot_seq)))
    return _Head(numbers[0], numbers[1], mark, numbers[2], text, is_sound)


def _better(copy: _Copy, head: _Head, whole: _Whole | None) -> Record | None:
    """Return the record that the room should go on from in a new epoch; None where the log is good."""
    own = copy.tail.record if copy.tail else None
    if own is None:
        return None
    if whole is None or Revision(head.epoch, head.seq) < own.revision:
        return own
    if head.epoch == own.revision.epoch:
        marks = {entry.commit.seq: entry.mark for entry in whole.entries}
        if marks.get(own.revision.seq, copy.mark) != copy.mark:
            return whole.record  # what others have gone on with; ours was never seen by them
    return None


def _still_holds(record: Record, epoch: int, draft: Draft) -> bool:
    """Whether the draft may be committed on this record: what it was decided by holds, and it is new."""
    if epoch != record.revision.epoch:
        return False
    if draft.ruling_seq != record.ruling_seq and any(map(is_ruling, draft.facts)):
        return False
    last = record.ledger.answered.get(draft.by)
    return not (draft.by != NO_MEMBER and draft.n and last and draft.n <= last.n)


def _commits(seq: int, draft: Draft) -> tuple[Commit, ...]:
    return tuple(
        Commit(seq=seq + place, at_ms=draft.at_ms, by=draft.by, n=draft.n, fact=fact)
        for place, fact in enumerate(draft.facts, start=1)
    )
