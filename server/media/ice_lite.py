"""ICE-lite for one peer: passwords, known addresses, and which of them is the path (RFC 8445).

A lite agent only answers. It never sends a check, never looks at the browser's candidates and so
can never be made to send to an address that did not prove that it knows the password.
"""

import secrets
from base64 import b64encode
from typing import Final

import msgspec

from server.media.addresses import Address
from server.media.stun import BindingCheck, UsualCheck, has_integrity, write_role_conflict, write_success

MAX_ADDRESSES: Final = 8  # Wi-Fi, mobile and a relay in two families, and one more after a rebinding

# Three bytes make four characters of base 64, which are just those that ICE allows (RFC 8445 section 5.3).
_UFRAG_BYTES: Final = 12  # 16 characters: nobody meets another peer's name by guessing (at least 4)
_PWD_BYTES: Final = 24  # 32 characters (at least 22)
_SEEN_CHECKS: Final = 512  # about eight minutes of a browser's checks
_SEEN_BYTES: Final = 8  # of the 12 random bytes: enough to tell checks apart


class Credentials(msgspec.Struct, frozen=True, gc=False):
    """The server's user name and password for one generation of one peer's ICE."""

    ufrag: str
    pwd: str


def draw_credentials() -> Credentials:
    """Fresh credentials from the system's randomness."""
    return Credentials(ufrag=_draw(_UFRAG_BYTES), pwd=_draw(_PWD_BYTES))


def _draw(count_bytes: int) -> str:
    return b64encode(secrets.token_bytes(count_bytes)).decode("ascii")


class CheckAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a signed check led to.

    Attributes:
        datagram: to be sent to the check's sender; None: stay silent.
        forgotten: an address that had to give way.
        released_ufrag: a user name of an earlier generation that is no longer valid.
    """

    datagram: bytes | None
    forgotten: Address | None = None
    released_ufrag: str | None = None


class IceLite:
    """The server's side of one peer's ICE.

    Attributes:
        addresses: all that a signed check vouched for and that were not forgotten, oldest first.
        credentials: the newest ones, in the last offer.
        previous: the ones before a restart, valid until a check under the newest is nominated.
        path: where to send; None before the first valid check.
        last_check_ms: when the last valid check came; None before the first.
    """

    __slots__ = (
        "_seen",
        "_seen_at",
        "_usual",
        "addresses",
        "credentials",
        "last_check_ms",
        "path",
        "previous",
    )

    def __init__(self, credentials: Credentials) -> None:
        self.credentials = credentials
        self.previous: Credentials | None = None
        self.addresses: list[Address] = []
        self.path: Address | None = None
        self.last_check_ms: float | None = None
        self._seen = bytearray()
        self._seen_at = 0
        self._usual: UsualCheck | None = None  # under the newest credentials, the only ones, on the path

    @property
    def ufrags(self) -> tuple[str, ...]:
        """All user names under which checks are answered now."""
        if self.previous is None:
            return (self.credentials.ufrag,)
        return (self.credentials.ufrag, self.previous.ufrag)

    def restart(self, credentials: Credentials) -> str | None:
        """Take new credentials; return a user name that is no longer valid, if there is one.

        A second restart before the first was used drops the unused ones and keeps those in use (RFC 8445
        section 9: the old path stays until the new one is there).
        """
        self._usual = None
        if self.previous is None:
            self.previous, self.credentials = self.credentials, credentials
            return None
        unused, self.credentials = self.credentials, credentials
        return unused.ufrag

    def on_check(self, check: BindingCheck, address: Address, now_ms: float) -> CheckAnswer | None:
        """Take a check that names one of our `ufrags`; None when its signature is wrong.

        The first valid check makes the path. After that the path moves only by a nominated check that was
        never seen before: a recording sent again from elsewhere (RFC 8445 section 19.5.1) neither moves the
        path nor makes its sender known. So a path also survives a NAT's rebinding without any message.
        """
        pwd = self._pwd_of(check.ufrag)
        if pwd is None or not has_integrity(check, pwd):
            return None
        if check.controlled:
            return CheckAnswer(datagram=write_role_conflict(check, pwd))
        fresh = self._is_fresh(check.transaction_id)
        known = address in self.addresses
        if not (fresh or known):
            return CheckAnswer(datagram=None)
        if fresh:
            self.last_check_ms = now_ms
        forgotten = None if known else self._learn(address)
        released = None
        if fresh and (check.nominated or self.path is None):
            self.path = address
            released = self._release(check)
        if address == self.path and self.previous is None:
            self._usual = UsualCheck(check, address[0], address[1], pwd)
        answer = write_success(check, address[0], address[1], pwd)
        return CheckAnswer(datagram=answer, forgotten=forgotten, released_ufrag=released)

    def on_usual_check(self, datagram: bytes, address: Address, now_ms: float) -> bytes | None:
        """Answer a check that is like the last one on the path; None: it must be read, see `on_check`.

        Such a check changes nothing but when the last one came. One that was seen before is not usual.
        """
        usual = self._usual
        if usual is None or address != self.path:
            return None
        transaction_id = usual.id_of(datagram)
        if transaction_id is None or not self._is_fresh(transaction_id):
            return None
        self.last_check_ms = now_ms
        return usual.answer(transaction_id)

    def _pwd_of(self, ufrag: str) -> bytes | None:
        if ufrag == self.credentials.ufrag:
            return self.credentials.pwd.encode("ascii")
        if self.previous is not None and ufrag == self.previous.ufrag:
            return self.previous.pwd.encode("ascii")
        return None

    def _is_fresh(self, transaction_id: bytes) -> bool:
        """Whether this check comes for the first time, as far as we remember."""
        mark = transaction_id[-_SEEN_BYTES:]
        if mark in self._seen:
            return False
        if len(self._seen) < _SEEN_CHECKS * _SEEN_BYTES:
            self._seen += mark
        else:
            self._seen[self._seen_at : self._seen_at + _SEEN_BYTES] = mark
            self._seen_at = (self._seen_at + _SEEN_BYTES) % (_SEEN_CHECKS * _SEEN_BYTES)
        return True

    def _learn(self, address: Address) -> Address | None:
        """Add an address; return the oldest one but the path if there were too many."""
        self.addresses.append(address)
        if len(self.addresses) <= MAX_ADDRESSES:
            return None
        forgotten = next(known for known in self.addresses if known != self.path)
        self.addresses.remove(forgotten)
        return forgotten

    def _release(self, check: BindingCheck) -> str | None:
        """End the earlier generation once the newest one carries a nomination."""
        if self.previous is None or not check.nominated or check.ufrag != self.credentials.ufrag:
            return None
        released, self.previous = self.previous.ufrag, None
        return released
