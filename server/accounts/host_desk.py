"""What hosts can do with their accounts: enrol, sign in, look after passkeys and codes, get a ticket."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple

from rooms.ids import RoomSlug
from rooms.pace import Pace
from server.account_ports import AccountStore, StoredPasskey
from server.accounts.challenges import Challenge, Challenges, Purpose
from server.accounts.group_rights import may_look
from server.accounts.messages import (
    Answer,
    AskTicket,
    BeginEnrolment,
    CodesMade,
    Done,
    FinishEnrolment,
    FinishPasskey,
    FinishSignIn,
    HostRefusal,
    HostRoom,
    MakePasskey,
    Me,
    PasskeyLine,
    Recover,
    Refused,
    RemovePasskey,
    Serving,
    TicketMade,
    UsePasskey,
)
from server.accounts.opaque import draw_secret, hash_secret
from server.accounts.passkeys import ALGORITHMS, read_made, read_used, rp_id_of
from server.accounts.recovery_codes import BusyError, CodeHasher, draw_codes, read_code
from server.accounts.throttle import Throttle
from server.group_ports import GroupSlug, GroupStore
from server.ports import Clock
from server.tickets import TicketOffice

# From one place. Several hosts of one group may sit behind one address.
_BEGIN_PACE: Final = Pace(burst=30, per_s=0.5)
_RECOVER_PACE: Final = Pace(burst=6, per_s=1 / 60)
_BUSY_AGAIN_MS: Final = 5_000


class Visit(NamedTuple):
    """Where a request comes from: the page's origin, and the place whose tries are counted together."""

    origin: str
    place: bytes


class Opened(NamedTuple):
    """An answer that also opens a session: the browser is given the secret as a cookie."""

    answer: Answer
    session: str


class GroupRoom(NamedTuple):
    """An open room, and the group that it belongs to."""

    slug: RoomSlug
    title: str
    group: GroupSlug


class HostDesk:
    """Answers hosts. Whoever is signed in is given as `account_id`; the rest of a session is the caller's."""

    def __init__(  # noqa: PLR0913 - the parts, each given once, at start
        self,
        store: AccountStore,
        lasting: GroupStore,
        rooms: Callable[[], Awaitable[Sequence[GroupRoom]]],
        office: TicketOffice,
        clock: Clock,
        *,
        place_name: str,
        challenges: Challenges,
    ) -> None:
        """Take the parts.

        Args:
            store: accounts.
            lasting: how groups are called, and who serves where.
            rooms: returns the rooms that are open now.
            office: writes the tickets.
            clock: the time.
            place_name: what browsers call the place beside a passkey.
            challenges: gives them out.
        """
        self._store = store
        self._rosters = lasting.rosters
        self._groups = lasting.groups
        self._rooms = rooms
        self._office = office
        self._clock = clock
        self._place_name = place_name
        self._challenges = challenges
        self._hasher = CodeHasher()
        self._begins = Throttle(_BEGIN_PACE)
        self._recoveries = Throttle(_RECOVER_PACE)

    # --- coming in ----------------------------------------------------------------------------

    async def begin_enrolment(self, visit: Visit, asked: BeginEnrolment) -> Answer:
        """Give a new host the challenge for the first passkey."""
        if (wait := self._wait(self._begins, visit)) is not None:
            return wait
        account_id = await self._store.enrolling(hash_secret(asked.secret), self._clock.wall_ms())
        if account_id is None:
            return Refused(code=HostRefusal.ENROLMENT_UNUSABLE)
        return self._make_passkey(visit, Purpose.ENROL, account_id, ())

    async def finish_enrolment(self, visit: Visit, brought: FinishEnrolment) -> Answer | Opened:
        """Keep the first passkey, and show the codes."""
        now_ms = self._clock.wall_ms()
        secret_hash = hash_secret(brought.secret)
        account_id = await self._store.enrolling(secret_hash, now_ms)
        if account_id is None:
            return Refused(code=HostRefusal.ENROLMENT_UNUSABLE)
        passkey = await self._passkey(visit, Purpose.ENROL, account_id, brought)
        if passkey is None:
            return Refused(code=HostRefusal.PASSKEY_UNUSABLE)
        codes = draw_codes(account_id)
        try:
            digests = await self._hasher.digests(codes)
        except BusyError:
            return _busy()
        if not await self._store.enrol(secret_hash, passkey, digests, now_ms):
            return Refused(code=HostRefusal.ENROLMENT_UNUSABLE)
        return Opened(CodesMade(codes=codes), await self._open_session(account_id))

    def begin_sign_in(self, visit: Visit) -> Answer:
        """Give a challenge to anybody: which account it will be, the browser knows."""
        if (wait := self._wait(self._begins, visit)) is not None:
            return wait
        rp_id = rp_id_of(visit.origin)
        if rp_id is None:
            return Refused(code=HostRefusal.NO_PASSKEYS_HERE)
        drawn = self._challenges.draw(Challenge(Purpose.SIGN_IN, visit.origin, ""), self._clock.wall_ms())
        return UsePasskey(challenge=drawn, rp_id=rp_id)

    async def finish_sign_in(self, visit: Visit, brought: FinishSignIn) -> Answer | Opened:
        """Open a session for whoever has the passkey; every failure is answered alike."""
        due = Challenge(Purpose.SIGN_IN, visit.origin, "")
        refused = Refused(code=HostRefusal.SIGN_IN_REFUSED)
        if not await self._challenges.take(brought.challenge, due, self._clock.wall_ms()):
            return refused
        passkey = await self._store.passkey(brought.credential.credential_id)
        if passkey is None:
            return refused
        count = read_used(brought.credential, passkey, brought.challenge, visit.origin)
        if count is None:
            return refused
        if not await self._store.count_use(passkey.credential_id, passkey.sign_count, count):
            return refused
        return Opened(Done(), await self._open_session(passkey.account_id))

    async def recover(self, visit: Visit, asked: Recover) -> Answer | Opened:
        """Open a session for whoever has a recovery code, and use it up."""
        if (wait := self._wait(self._recoveries, visit)) is not None:
            return wait
        refused = Refused(code=HostRefusal.SIGN_IN_REFUSED)
        read = read_code(asked.code)
        if read is None:
            return refused
        account_id, code = read
        try:
            found = await self._hasher.find(code, await self._store.codes(account_id))
        except BusyError:
            return _busy()
        if found is None or not await self._store.use_code(account_id, found, self._clock.wall_ms()):
            return refused
        return Opened(Done(), await self._open_session(account_id))

    async def account_of(self, session: str) -> str | None:
        """Return who is signed in by this secret, if anybody is."""
        return await self._store.session(hash_secret(session), self._clock.wall_ms())

    async def sign_out(self, session: str, account_id: str, *, everywhere: bool) -> Answer:
        """End this session, or all of the account."""
        if everywhere:
            await self._store.close_sessions(account_id)
        else:
            await self._store.close_session(hash_secret(session))
        return Done()

    # --- once signed in -----------------------------------------------------------------------

    async def me(self, account_id: str) -> Answer:
        """Return all that the account is."""
        rooms = await self._rooms()
        titles = {group.slug: group.title for group in await self._groups.named()}
        passkeys = await self._store.passkeys(account_id)
        return Me(
            account_id=account_id,
            serving=tuple(
                Serving(
                    group=entry.group_slug,
                    title=titles.get(entry.group_slug) or _title_of(rooms, entry.group_slug),
                    may_look=may_look(entry.role),
                    role=entry.role.value,
                    alias=entry.alias,
                    rooms=tuple(
                        HostRoom(slug=room.slug, title=room.title)
                        for room in rooms
                        if room.group == entry.group_slug
                    ),
                )
                for entry in await self._rosters.of_account(account_id)
            ),
            passkeys=tuple(
                PasskeyLine(credential_id=one.credential_id, label=one.label, made_ms=one.made_ms)
                for one in passkeys
            ),
            codes_left=len(await self._store.codes(account_id)),
        )

    async def begin_passkey(self, visit: Visit, account_id: str) -> Answer:
        """Give a challenge for one more passkey."""
        if (wait := self._wait(self._begins, visit)) is not None:
            return wait
        known = tuple(one.credential_id for one in await self._store.passkeys(account_id))
        return self._make_passkey(visit, Purpose.ADD, account_id, known)

    async def finish_passkey(self, visit: Visit, account_id: str, brought: FinishPasskey) -> Answer:
        """Keep one more passkey."""
        passkey = await self._passkey(visit, Purpose.ADD, account_id, brought)
        if passkey is None:
            return Refused(code=HostRefusal.PASSKEY_UNUSABLE)
        if not await self._store.add_passkey(passkey):
            return Refused(code=HostRefusal.TOO_MANY_PASSKEYS)
        return Done()

    async def remove_passkey(self, account_id: str, asked: RemovePasskey) -> Answer:
        """Forget a passkey, unless nothing else would let its owner in. One that is gone is gone."""
        gone = await self._store.remove_passkey(account_id, asked.credential_id)
        found = None if gone else await self._store.passkey(asked.credential_id)
        if found is not None and found.account_id == account_id:
            return Refused(code=HostRefusal.LAST_PASSKEY)
        return Done()

    async def renew_codes(self, visit: Visit, account_id: str) -> Answer:
        """Make new recovery codes in place of the old ones."""
        if (wait := self._wait(self._recoveries, visit)) is not None:
            return wait
        codes = draw_codes(account_id)
        try:
            digests = await self._hasher.digests(codes)
        except BusyError:
            return _busy()
        await self._store.set_codes(account_id, digests)
        return CodesMade(codes=codes)

    async def ticket(self, account_id: str, asked: AskTicket) -> Answer:
        """Return what lets a host into one of the own rooms; the roster alone says with what role."""
        groups = {room.group for room in await self._rooms() if room.slug == asked.room}
        for entry in await self._rosters.of_account(account_id):
            if entry.group_slug in groups:
                text = self._office.issue_host(RoomSlug(asked.room), entry, self._clock.wall_ms())
                return TicketMade(ticket=text, alias=entry.alias)
        return Refused(code=HostRefusal.NOT_SERVING)

    # --- parts of the above -------------------------------------------------------------------

    def _wait(self, throttle: Throttle, visit: Visit) -> Refused | None:
        wait_ms = throttle.take(visit.place, self._clock.mono_ms())
        return Refused(code=HostRefusal.TOO_FAST, retry_ms=wait_ms) if wait_ms else None

    def _make_passkey(
        self, visit: Visit, purpose: Purpose, account_id: str, known: tuple[bytes, ...]
    ) -> Answer:
        rp_id = rp_id_of(visit.origin)
        if rp_id is None:
            return Refused(code=HostRefusal.NO_PASSKEYS_HERE)
        drawn = self._challenges.draw(Challenge(purpose, visit.origin, account_id), self._clock.wall_ms())
        return MakePasskey(
            challenge=drawn,
            rp_id=rp_id,
            rp_name=self._place_name,
            user_id=account_id.encode(),
            user_name=account_id,
            algorithms=ALGORITHMS,
            known=known,
        )

    async def _passkey(
        self, visit: Visit, purpose: Purpose, account_id: str, brought: FinishEnrolment | FinishPasskey
    ) -> StoredPasskey | None:
        """Return what is kept of a passkey, or None where it does not answer a challenge of ours."""
        due = Challenge(purpose, visit.origin, account_id)
        if not await self._challenges.take(brought.challenge, due, self._clock.wall_ms()):
            return None
        made = read_made(brought.credential, brought.challenge, visit.origin)
        if made is None:
            return None
        return StoredPasskey(
            credential_id=made.credential_id,
            account_id=account_id,
            public_key=made.public_key,
            sign_count=made.sign_count,
            transports=",".join(brought.credential.transports),
            label=clean_label(brought.label),
            made_ms=self._clock.wall_ms(),
        )

    async def _open_session(self, account_id: str) -> str:
        secret = draw_secret()
        await self._store.open_session(hash_secret(secret), account_id, self._clock.wall_ms())
        return secret


def _title_of(rooms: Sequence[GroupRoom], group: GroupSlug) -> str:
    """Return what a group is called that nobody has named: as its first room."""
    return next((room.title for room in rooms if room.group == group), group)


def clean_label(label: str) -> str:
    """Return what is kept of a passkey's label: what can be printed, with single spaces."""
    return " ".join("".join(char if char.isprintable() else " " for char in label).split())


def _busy() -> Refused:
    return Refused(code=HostRefusal.TOO_FAST, retry_ms=_BUSY_AGAIN_MS)
