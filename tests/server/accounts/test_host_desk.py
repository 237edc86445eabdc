from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.fernet import Fernet

from rooms.roles import Role
from server.account_ports import PASSKEYS_MAX, SESSION_HOURS
from server.accounts.challenges import CHALLENGE_MS
from server.accounts.host_desk import HostDesk, Opened, Visit, clean_label
from server.accounts.messages import (
    AskTicket,
    BeginEnrolment,
    CodesMade,
    Done,
    FinishEnrolment,
    FinishPasskey,
    FinishSignIn,
    HostRefusal,
    Me,
    Recover,
    Refused,
    RemovePasskey,
    TicketMade,
)
from server.accounts.opaque import draw_secret
from server.accounts.recovery_codes import draw_codes
from server.store.sql_store import SqlStore, open_store
from server.tickets import TicketOffice
from tests.server.accounts.authenticator import Authenticator
from tests.server.accounts.hosts import ANN, BEN, invite, make_desk
from tests.server.clock import FakeClock

ORIGIN = "http://localhost:8080"
VISIT = Visit(ORIGIN, b"here")
HOUR_MS = 3_600_000


class Desk:
    """The desk, and somebody in front of it."""

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.clock = FakeClock()
        self.office = TicketOffice(Fernet.generate_key())
        self.desk: HostDesk = make_desk(store, self.office, self.clock)
        self.device = Authenticator(ORIGIN)
        self.codes: tuple[str, ...] = ()

    def refill(self) -> None:
        """Let so much time go by that no pace is in the way."""
        self.clock.mono += HOUR_MS

    async def enrol(self, account_id: str = ANN, *, serves: bool = True) -> str:
        """Return the session that a new host has."""
        secret = await invite(self.store, account_id, self.clock.wall_ms(), serves=serves)
        begun = _json(await self.desk.begin_enrolment(VISIT, BeginEnrolment(secret=secret)))
        asked = {**_brought(begun, self.device.create(begun)), "secret": secret}
        done = await self.desk.finish_enrolment(VISIT, msgspec.convert(asked, FinishEnrolment))
        assert isinstance(done, Opened)
        assert isinstance(done.answer, CodesMade)
        self.codes = done.answer.codes
        return done.session

    async def sign_in(self, visit: Visit = VISIT, **changes: Any) -> object:  # noqa: ANN401 -- JSON
        begun = _json(self.desk.begin_sign_in(VISIT))
        asked = {"challenge": begun["challenge"], "credential": self.device.get(begun, **changes)}
        return await self.desk.finish_sign_in(visit, msgspec.convert(asked, FinishSignIn))

    async def add(self, device: Authenticator, label: str = "Laptop") -> object:
        begun = _json(await self.desk.begin_passkey(VISIT, ANN))
        brought = msgspec.convert(_brought(begun, device.create(begun), label), FinishPasskey)
        return await self.desk.finish_passkey(VISIT, ANN, brought)

    async def me(self) -> Me:
        answer = await self.desk.me(ANN)
        assert isinstance(answer, Me)
        return answer


def _json(answer: object) -> dict[str, Any]:
    """Return an answer as the page reads it."""
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(answer))
    return found


def _brought(begun: dict[str, Any], made: dict[str, Any], label: str = "Phone") -> dict[str, Any]:
    return {"challenge": begun["challenge"], "label": label, "credential": made}


def _code(answer: object) -> HostRefusal | None:
    return answer.code if isinstance(answer, Refused) else None


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_store("", tmp_path) as store:
        yield Desk(store)


async def test_an_enrolment_gives_a_passkey_two_codes_and_a_session(at: Desk) -> None:
    session = await at.enrol()
    assert await at.desk.account_of(session) == ANN
    me = await at.me()
    assert me.account_id == ANN
    assert [one.label for one in me.passkeys] == ["Phone"]
    assert me.codes_left == len(at.codes) == 2
    (serving,) = me.serving
    assert (serving.group, serving.role, serving.alias) == ("lamps", "secretary", "Ann")
    assert [room.slug for room in serving.rooms] == ["dawn", "dusk"]
    assert serving.title == "Dawn", "nobody has named the group"


async def test_an_unknown_or_used_link_makes_nothing(at: Desk) -> None:
    await at.enrol()
    for secret in ("", draw_secret()):
        begun = await at.desk.begin_enrolment(VISIT, BeginEnrolment(secret=secret))
        assert _code(begun) is HostRefusal.ENROLMENT_UNUSABLE
    secret = await invite(at.store, BEN, at.clock.wall_ms())
    begun = _json(await at.desk.begin_enrolment(VISIT, BeginEnrolment(secret=secret)))
    brought = {**_brought(begun, Authenticator(ORIGIN).create(begun)), "secret": draw_secret()}
    done = await at.desk.finish_enrolment(VISIT, msgspec.convert(brought, FinishEnrolment))
    assert _code(done) is HostRefusal.ENROLMENT_UNUSABLE
    at.clock.pass_ms(73 * HOUR_MS)
    late = await at.desk.begin_enrolment(VISIT, BeginEnrolment(secret=secret))
    assert _code(late) is HostRefusal.ENROLMENT_UNUSABLE


async def test_a_passkey_made_for_another_challenge_leaves_the_link_usable(at: Desk) -> None:
    secret = await invite(at.store, ANN, at.clock.wall_ms())
    begun = _json(await at.desk.begin_enrolment(VISIT, BeginEnrolment(secret=secret)))
    for late_ms, changes in ((0, {"origin": "http://localhost:1"}), (CHALLENGE_MS, {})):
        begun = _json(await at.desk.begin_enrolment(VISIT, BeginEnrolment(secret=secret)))
        brought = {**_brought(begun, at.device.create(begun, **changes)), "secret": secret}
        at.clock.pass_ms(late_ms)
        done = await at.desk.finish_enrolment(VISIT, msgspec.convert(brought, FinishEnrolment))
        assert _code(done) is HostRefusal.PASSKEY_UNUSABLE
    assert await at.store.accounts.passkeys(ANN) == ()
    begun = _json(await at.desk.begin_enrolment(VISIT, BeginEnrolment(secret=secret)))
    assert begun["type"] == "make_passkey"


async def test_whoever_has_the_passkey_signs_in(at: Desk) -> None:
    await at.enrol()
    for _ in range(2):
        done = await at.sign_in()
        assert isinstance(done, Opened)
        assert done.answer == Done()
        assert await at.desk.account_of(done.session) == ANN
    stored = await at.store.accounts.passkey(at.device.credential_id)
    assert stored is not None
    assert stored.sign_count == 2


async def test_every_failure_to_sign_in_is_answered_alike(at: Desk) -> None:
    await at.enrol()
    refused = Refused(code=HostRefusal.SIGN_IN_REFUSED)
    assert await at.sign_in(challenge="AAAA") == refused
    assert await at.sign_in(rp_id="other.example") == refused
    assert await at.sign_in(user_handle=BEN.encode()) == refused
    assert await at.sign_in(Visit("http://localhost:1", b"here")) == refused
    at.device.sign_count = -1
    at.device.flags = 0
    assert await at.sign_in() == refused
    at.device = Authenticator(ORIGIN)
    assert await at.sign_in() == refused
    assert await at.desk.recover(VISIT, Recover(code="nonsense")) == refused
    assert await at.desk.recover(VISIT, Recover(code=draw_codes(ANN)[0])) == refused
    assert await at.desk.recover(VISIT, Recover(code=draw_codes(BEN)[0])) == refused


async def test_an_answer_works_once(at: Desk) -> None:
    await at.enrol()
    begun = _json(at.desk.begin_sign_in(VISIT))
    asked = msgspec.convert(
        {"challenge": begun["challenge"], "credential": at.device.get(begun)}, FinishSignIn
    )
    assert isinstance(await at.desk.finish_sign_in(VISIT, asked), Opened)
    assert _code(await at.desk.finish_sign_in(VISIT, asked)) is HostRefusal.SIGN_IN_REFUSED


async def test_addresses_that_are_numbers_are_told(at: Desk) -> None:
    visit = Visit("http://127.0.0.1:8080", b"here")
    secret = await invite(at.store, ANN, at.clock.wall_ms())
    assert _code(at.desk.begin_sign_in(visit)) is HostRefusal.NO_PASSKEYS_HERE
    begun = await at.desk.begin_enrolment(visit, BeginEnrolment(secret=secret))
    assert _code(begun) is HostRefusal.NO_PASSKEYS_HERE


async def test_a_code_opens_one_session_and_is_used_up(at: Desk) -> None:
    await at.enrol()
    done = await at.desk.recover(VISIT, Recover(code=at.codes[1].upper().replace("-", " ")))
    assert isinstance(done, Opened)
    assert await at.desk.account_of(done.session) == ANN
    assert (await at.me()).codes_left == 1
    again = await at.desk.recover(VISIT, Recover(code=at.codes[1]))
    assert _code(again) is HostRefusal.SIGN_IN_REFUSED
    assert isinstance(await at.desk.recover(VISIT, Recover(code=at.codes[0])), Opened)


async def test_new_codes_end_the_old_ones(at: Desk) -> None:
    await at.enrol()
    made = await at.desk.renew_codes(VISIT, ANN)
    assert isinstance(made, CodesMade)
    assert not set(made.codes) & set(at.codes)
    for code in at.codes:
        assert _code(await at.desk.recover(VISIT, Recover(code=code))) is HostRefusal.SIGN_IN_REFUSED
    assert isinstance(await at.desk.recover(VISIT, Recover(code=made.codes[0])), Opened)


async def test_tries_from_one_place_have_a_pace(at: Desk) -> None:
    answers = [await at.desk.recover(VISIT, Recover(code="nonsense")) for _ in range(7)]
    assert [_code(one) for one in answers[-2:]] == [HostRefusal.SIGN_IN_REFUSED, HostRefusal.TOO_FAST]
    assert isinstance(answers[-1], Refused)
    assert answers[-1].retry_ms == 60_000
    elsewhere = await at.desk.recover(Visit(ORIGIN, b"elsewhere"), Recover(code="nonsense"))
    assert _code(elsewhere) is HostRefusal.SIGN_IN_REFUSED
    assert _code(await at.desk.renew_codes(VISIT, ANN)) is HostRefusal.TOO_FAST
    begun = [at.desk.begin_sign_in(VISIT) for _ in range(31)]
    assert [_code(one) for one in begun[-2:]] == [None, HostRefusal.TOO_FAST]
    assert _code(await at.desk.begin_passkey(VISIT, ANN)) is HostRefusal.TOO_FAST
    late = await at.desk.begin_enrolment(VISIT, BeginEnrolment(secret=""))
    assert _code(late) is HostRefusal.TOO_FAST


async def test_sessions_end_by_themselves_one_by_one_and_everywhere(at: Desk) -> None:
    first = await at.enrol()
    second, third = [
        one.session for one in (await at.sign_in(), await at.sign_in()) if isinstance(one, Opened)
    ]
    assert await at.desk.account_of("") is None
    assert await at.desk.sign_out(first, ANN, everywhere=False) == Done()
    assert await at.desk.account_of(first) is None
    assert await at.desk.account_of(second) == ANN
    await at.desk.sign_out(second, ANN, everywhere=True)
    assert await at.desk.account_of(third) is None
    last = await at.sign_in()
    assert isinstance(last, Opened)
    at.clock.pass_ms(SESSION_HOURS * HOUR_MS)
    assert await at.desk.account_of(last.session) is None


async def test_passkeys_are_added_and_taken_away_but_never_the_last_way_in(at: Desk) -> None:
    await at.enrol()
    laptop = Authenticator(ORIGIN)
    at.clock.pass_ms(1)
    assert await at.add(laptop, " My\tlap\u202etop ") == Done()
    assert [one.label for one in (await at.me()).passkeys] == ["Phone", "My lap top"]
    assert _code(await at.add(laptop)) is HostRefusal.TOO_MANY_PASSKEYS
    gone = RemovePasskey(credential_id=at.device.credential_id)
    for code in at.codes:
        await at.desk.recover(VISIT, Recover(code=code))
    assert await at.desk.remove_passkey(BEN, gone) == Done()
    assert len((await at.me()).passkeys) == 2, "of somebody else's nothing is removed"
    assert await at.desk.remove_passkey(ANN, gone) == Done()
    assert await at.desk.remove_passkey(ANN, gone) == Done(), "what is gone is gone"
    assert _code(await at.sign_in()) is HostRefusal.SIGN_IN_REFUSED
    last = await at.desk.remove_passkey(ANN, RemovePasskey(credential_id=laptop.credential_id))
    assert _code(last) is HostRefusal.LAST_PASSKEY
    at.device = laptop
    assert isinstance(await at.sign_in(), Opened)


async def test_a_challenge_for_one_account_adds_nothing_to_another(at: Desk) -> None:
    await at.enrol()
    begun = _json(await at.desk.begin_passkey(VISIT, BEN))
    brought = msgspec.convert(_brought(begun, Authenticator(ORIGIN).create(begun)), FinishPasskey)
    assert _code(await at.desk.finish_passkey(VISIT, ANN, brought)) is HostRefusal.PASSKEY_UNUSABLE


async def test_known_passkeys_are_named_so_that_no_device_makes_a_second(at: Desk) -> None:
    await at.enrol()
    begun = _json(await at.desk.begin_passkey(VISIT, ANN))
    assert len(begun["known"]) == 1
    for _ in range(PASSKEYS_MAX - 1):
        at.refill()
        assert await at.add(Authenticator(ORIGIN)) == Done()
    at.refill()
    assert _code(await at.add(Authenticator(ORIGIN))) is HostRefusal.TOO_MANY_PASSKEYS


async def test_a_ticket_is_what_the_roster_says(at: Desk) -> None:
    await at.enrol()
    for room in ("dawn", "dusk"):
        made = await at.desk.ticket(ANN, AskTicket(room=room))
        assert isinstance(made, TicketMade)
        ticket = at.office.read_host(made.ticket, at.clock.wall_ms())
        assert ticket is not None
        assert (ticket.room, ticket.account_id, ticket.role) == (room, ANN, Role.SECRETARY)
        assert (ticket.alias, ticket.place, made.alias) == ("Ann", 1, "Ann")
    for room in ("talk", "lamps", "nowhere", ""):
        assert _code(await at.desk.ticket(ANN, AskTicket(room=room))) is HostRefusal.NOT_SERVING
    await at.store.rosters.forget_account(ANN)
    assert _code(await at.desk.ticket(ANN, AskTicket(room="dawn"))) is HostRefusal.NOT_SERVING
    assert (await at.me()).serving == ()


def test_labels_keep_what_can_be_printed() -> None:
    assert clean_label("  My \n phone\u202e\u0000 ") == "My phone"
    assert clean_label("") == ""
