"""Hosts' accounts in tables: see `server.account_ports.AccountStore` for what each method promises."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.account_ports import (
    ENROLMENT_HOURS,
    PASSKEYS_MAX,
    SESSION_HOURS,
    AccountLine,
    StoredCode,
    StoredPasskey,
)
from server.store.account_tables import ACCOUNTS, ENROLMENTS, PASSKEYS, RECOVERY_CODES, SESSIONS
from server.store.database import Database

_HOUR_MS: Final = 3_600_000


class AccountRows:
    """Implements `server.account_ports.AccountStore`."""

    def __init__(self, database: Database) -> None:
        """Use tables that are up to date."""
        self._database = database

    # --- accounts, as operators make them -----------------------------------------------------

    async def add(self, account_id: str, secret_hash: bytes, now_ms: int) -> bool:
        """See `AccountStore.add`."""
        async with self._database.transaction() as connection:
            if await _lock(connection, account_id):
                return False
            made = insert(ACCOUNTS).values(account_id=account_id, created_ms=now_ms)
            await connection.execute(made)
            await _keep_enrolment(connection, account_id, secret_hash, now_ms)
        return True

    async def reset(self, account_id: str, secret_hash: bytes, now_ms: int) -> bool:
        """See `AccountStore.reset`."""
        async with self._database.transaction() as connection:
            if not await _lock(connection, account_id):
                return False
            for table in (PASSKEYS, RECOVERY_CODES, SESSIONS, ENROLMENTS):
                await connection.execute(delete(table).where(table.c.account_id == account_id))
            await _keep_enrolment(connection, account_id, secret_hash, now_ms)
        return True

    async def remove(self, account_id: str) -> bool:
        """See `AccountStore.remove`."""
        gone = delete(ACCOUNTS).where(ACCOUNTS.c.account_id == account_id)
        async with self._database.transaction() as connection:
            return (await connection.execute(gone)).rowcount > 0

    async def accounts(self, now_ms: int) -> tuple[AccountLine, ...]:
        """See `AccountStore.accounts`."""
        whose = ACCOUNTS.c.account_id
        passkeys = select(func.count()).where(PASSKEYS.c.account_id == whose).scalar_subquery()
        codes = select(func.count()).where(
            RECOVERY_CODES.c.account_id == whose, RECOVERY_CODES.c.used_ms.is_(None)
        )
        links = select(func.count()).where(
            ENROLMENTS.c.account_id == whose, ENROLMENTS.c.used_ms.is_(None), ENROLMENTS.c.until_ms > now_ms
        )
        query = select(
            whose, ACCOUNTS.c.created_ms, passkeys, codes.scalar_subquery(), links.scalar_subquery()
        ).order_by(ACCOUNTS.c.created_ms, whose)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(query)).all()
        return tuple(AccountLine(row[0], row[1], row[2], row[3], has_link=row[4] > 0) for row in rows)

    # --- enrolment ----------------------------------------------------------------------------

    async def enrolling(self, secret_hash: bytes, now_ms: int) -> str | None:
        """See `AccountStore.enrolling`."""
        async with self._database.transaction() as connection:
            return await _enrolling(connection, secret_hash, now_ms)

    async def enrol(
        self, secret_hash: bytes, passkey: StoredPasskey, digests: Sequence[str], now_ms: int
    ) -> bool:
        """See `AccountStore.enrol`."""
        used = (
            update(ENROLMENTS)
            .where(
                ENROLMENTS.c.secret_hash == secret_hash,
                ENROLMENTS.c.account_id == passkey.account_id,
                ENROLMENTS.c.used_ms.is_(None),
                ENROLMENTS.c.until_ms > now_ms,
            )
            .values(used_ms=now_ms)
        )
        async with self._database.transaction() as connection:
            if await _is_known(connection, passkey.credential_id):
                return False
            if not (await connection.execute(used)).rowcount:
                return False
            await connection.execute(insert(PASSKEYS).values(**passkey._asdict()))
            await _put_codes(connection, passkey.account_id, digests)
        return True

    # --- passkeys -----------------------------------------------------------------------------

    async def passkey(self, credential_id: bytes) -> StoredPasskey | None:
        """See `AccountStore.passkey`."""
        query = select(PASSKEYS).where(PASSKEYS.c.credential_id == credential_id)
        async with self._database.transaction() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return StoredPasskey(**row) if row else None

    async def passkeys(self, account_id: str) -> tuple[StoredPasskey, ...]:
        """See `AccountStore.passkeys`."""
        query = (
            select(PASSKEYS)
            .where(PASSKEYS.c.account_id == account_id)
            .order_by(PASSKEYS.c.made_ms, PASSKEYS.c.credential_id)
        )
        async with self._database.transaction() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return tuple(StoredPasskey(**row) for row in rows)

    async def add_passkey(self, passkey: StoredPasskey) -> bool:
        """See `AccountStore.add_passkey`."""
        async with self._database.transaction() as connection:
            if not await _lock(connection, passkey.account_id):
                return False
            if await _is_known(connection, passkey.credential_id):
                return False
            if await _count_passkeys(connection, passkey.account_id) >= PASSKEYS_MAX:
                return False
            await connection.execute(insert(PASSKEYS).values(**passkey._asdict()))
        return True

    async def count_use(self, credential_id: bytes, before: int, sign_count: int) -> bool:
        """See `AccountStore.count_use`."""
        counted = (
            update(PASSKEYS)
            .where(PASSKEYS.c.credential_id == credential_id, PASSKEYS.c.sign_count == before)
            .values(sign_count=sign_count)
        )
        async with self._database.transaction() as connection:
            return (await connection.execute(counted)).rowcount > 0

    async def remove_passkey(self, account_id: str, credential_id: bytes) -> bool:
        """See `AccountStore.remove_passkey`."""
        gone = delete(PASSKEYS).where(
            PASSKEYS.c.account_id == account_id, PASSKEYS.c.credential_id == credential_id
        )
        async with self._database.transaction() as connection:
            await _lock(connection, account_id)  # nobody removes the other one meanwhile
            is_last = await _count_passkeys(connection, account_id) == 1
            if is_last and not await _codes(connection, account_id):
                return False
            return (await connection.execute(gone)).rowcount > 0

    # --- recovery codes -----------------------------------------------------------------------

    async def codes(self, account_id: str) -> tuple[StoredCode, ...]:
        """See `AccountStore.codes`."""
        async with self._database.transaction() as connection:
            return await _codes(connection, account_id)

    async def use_code(self, account_id: str, code: StoredCode, now_ms: int) -> bool:
        """See `AccountStore.use_code`."""
        used = (
            update(RECOVERY_CODES)
            .where(
                RECOVERY_CODES.c.account_id == account_id,
                RECOVERY_CODES.c.number == code.number,
                RECOVERY_CODES.c.hash == code.digest,
                RECOVERY_CODES.c.used_ms.is_(None),
            )
            .values(used_ms=now_ms)
        )
        async with self._database.transaction() as connection:
            return (await connection.execute(used)).rowcount > 0

    async def set_codes(self, account_id: str, digests: Sequence[str]) -> None:
        """See `AccountStore.set_codes`."""
        async with self._database.transaction() as connection:
            await _lock(connection, account_id)
            await _put_codes(connection, account_id, digests)

    # --- sessions -----------------------------------------------------------------------------

    async def open_session(self, secret_hash: bytes, account_id: str, now_ms: int) -> None:
        """See `AccountStore.open_session`."""
        until_ms = now_ms + SESSION_HOURS * _HOUR_MS
        made = insert(SESSIONS).values(secret_hash=secret_hash, account_id=account_id, until_ms=until_ms)
        async with self._database.transaction() as connection:
            await connection.execute(made)

    async def session(self, secret_hash: bytes, now_ms: int) -> str | None:
        """See `AccountStore.session`."""
        query = select(SESSIONS.c.account_id).where(
            SESSIONS.c.secret_hash == secret_hash, SESSIONS.c.until_ms > now_ms
        )
        async with self._database.transaction() as connection:
            return (await connection.execute(query)).scalar_one_or_none()

    async def close_session(self, secret_hash: bytes) -> None:
        """See `AccountStore.close_session`."""
        async with self._database.transaction() as connection:
            await connection.execute(delete(SESSIONS).where(SESSIONS.c.secret_hash == secret_hash))

    async def close_sessions(self, account_id: str) -> None:
        """See `AccountStore.close_sessions`."""
        async with self._database.transaction() as connection:
            await connection.execute(delete(SESSIONS).where(SESSIONS.c.account_id == account_id))


async def drop_old_secrets(connection: AsyncConnection, now_ms: int) -> None:
    """Forget sessions and enrolments that are over."""
    for table in (SESSIONS, ENROLMENTS):
        await connection.execute(delete(table).where(table.c.until_ms <= now_ms))


async def _lock(connection: AsyncConnection, account_id: str) -> bool:
    """Keep others from changing what belongs to the account. Returns False where there is none."""
    query = select(ACCOUNTS.c.account_id).where(ACCOUNTS.c.account_id == account_id).with_for_update()
    return (await connection.execute(query)).one_or_none() is not None


async def _keep_enrolment(
    connection: AsyncConnection, account_id: str, secret_hash: bytes, now_ms: int
) -> None:
    until_ms = now_ms + ENROLMENT_HOURS * _HOUR_MS
    made = insert(ENROLMENTS).values(
        secret_hash=secret_hash, account_id=account_id, until_ms=until_ms, used_ms=None
    )
    await connection.execute(made)


async def _enrolling(connection: AsyncConnection, secret_hash: bytes, now_ms: int) -> str | None:
    query = select(ENROLMENTS.c.account_id).where(
        ENROLMENTS.c.secret_hash == secret_hash,
        ENROLMENTS.c.used_ms.is_(None),
        ENROLMENTS.c.until_ms > now_ms,
    )
    return (await connection.execute(query)).scalar_one_or_none()


async def _is_known(connection: AsyncConnection, credential_id: bytes) -> bool:
    query = select(PASSKEYS.c.account_id).where(PASSKEYS.c.credential_id == credential_id)
    return (await connection.execute(query)).one_or_none() is not None


async def _count_passkeys(connection: AsyncConnection, account_id: str) -> int:
    query = select(func.count()).where(PASSKEYS.c.account_id == account_id)
    return (await connection.execute(query)).scalar_one()


async def _codes(connection: AsyncConnection, account_id: str) -> tuple[StoredCode, ...]:
    query = (
        select(RECOVERY_CODES.c.number, RECOVERY_CODES.c.hash)
        .where(RECOVERY_CODES.c.account_id == account_id, RECOVERY_CODES.c.used_ms.is_(None))
        .order_by(RECOVERY_CODES.c.number)
    )
    return tuple(StoredCode(*row) for row in await connection.execute(query))


async def _put_codes(connection: AsyncConnection, account_id: str, digests: Sequence[str]) -> None:
    old = delete(RECOVERY_CODES).where(RECOVERY_CODES.c.account_id == account_id)
    await connection.execute(old)
    for number, digest in enumerate(digests, start=1):
        made = {"account_id": account_id, "number": number, "hash": digest, "used_ms": None}
        await connection.execute(insert(RECOVERY_CODES).values(made))
