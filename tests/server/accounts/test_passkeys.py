import secrets
from base64 import b64decode, b64encode
from typing import Any

import cbor2
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.account_ports import StoredPasskey
from server.accounts.messages import MadeCredential, UsedCredential
from server.accounts.passkeys import ALGORITHMS, read_made, read_used, rp_id_of
from tests.server.accounts.authenticator import Authenticator

ORIGIN = "https://meet.example"
CHALLENGE = secrets.token_bytes(32)
ASKED: dict[str, Any] = {
    "challenge": b64encode(CHALLENGE).decode(),
    "rp_id": "meet.example",
    "user_id": b64encode(b"k7dm2x9q").decode(),
    "algorithms": ALGORITHMS,
}


def _made(device: Authenticator, **changes: Any) -> MadeCredential:  # noqa: ANN401 -- JSON
    return msgspec.convert(device.create(ASKED, **changes), MadeCredential)


def _used(device: Authenticator, **changes: Any) -> UsedCredential:  # noqa: ANN401 -- JSON
    return msgspec.convert(device.get(ASKED, **changes), UsedCredential)


def _stored(device: Authenticator) -> StoredPasskey:
    made = read_made(_made(device), CHALLENGE, ORIGIN)
    assert made is not None
    return StoredPasskey(made.credential_id, "k7dm2x9q", made.public_key, made.sign_count, "", "Phone", 0)


@pytest.mark.parametrize(
    ("origin", "rp_id"),
    [
        ("https://meet.example", "meet.example"),
        ("https://meet.example:8443", "meet.example"),
        ("http://localhost:8080", "localhost"),
        ("http://127.0.0.1:8080", None),
        ("http://[::1]:8080", None),
        ("", None),
    ],
)
def test_a_passkey_is_for_a_host_that_has_a_name(origin: str, rp_id: str | None) -> None:
    assert rp_id_of(origin) == rp_id


def test_a_passkey_is_made_and_used() -> None:
    device = Authenticator(ORIGIN)
    passkey = _stored(device)
    assert (passkey.credential_id, passkey.sign_count) == (device.credential_id, 0)
    assert read_used(_used(device), passkey, CHALLENGE, ORIGIN) == 1
    assert read_used(_used(device, user_handle=b""), passkey, CHALLENGE, ORIGIN) == 2


def test_an_authenticator_that_does_not_count_is_let_be() -> None:
    device = Authenticator(ORIGIN, counts=False)
    passkey = _stored(device)
    for _ in range(2):
        assert read_used(_used(device), passkey, CHALLENGE, ORIGIN) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "webauthn.get"},
        {"challenge": "AAAA"},
        {"origin": "https://other.example"},
        {"rp_id": "other.example"},
        {"fmt": "tpm"},
        {"fmt": "nonsense"},
    ],
    ids=str,
)
def test_what_was_made_for_something_else_is_no_passkey(changes: dict[str, str]) -> None:
    assert read_made(_made(Authenticator(ORIGIN), **changes), CHALLENGE, ORIGIN) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "webauthn.create"},
        {"challenge": "AAAA"},
        {"origin": "https://other.example"},
        {"rp_id": "other.example"},
        {"user_handle": b"somebody"},
    ],
    ids=str,
)
def test_what_was_signed_for_something_else_signs_nobody_in(changes: dict[str, str]) -> None:
    device = Authenticator(ORIGIN)
    assert read_used(_used(device, **changes), _stored(device), CHALLENGE, ORIGIN) is None


def test_the_origin_and_the_challenge_are_ours_to_say() -> None:
    device = Authenticator(ORIGIN)
    passkey = _stored(device)
    assert read_made(_made(device), CHALLENGE, "https://meet.example:8443") is None
    assert read_made(_made(device), CHALLENGE, "https://127.0.0.1") is None
    assert read_made(_made(device), bytes(32), ORIGIN) is None
    assert read_used(_used(device), passkey, CHALLENGE, "https://meet.example:8443") is None
    assert read_used(_used(device), passkey, CHALLENGE, "https://127.0.0.1") is None
    assert read_used(_used(device), passkey, bytes(32), ORIGIN) is None


def test_somebody_must_have_been_there() -> None:
    device = Authenticator(ORIGIN)
    passkey = _stored(device)
    device.flags = 0
    assert read_made(_made(device), CHALLENGE, ORIGIN) is None
    assert read_used(_used(device), passkey, CHALLENGE, ORIGIN) is None


def test_another_devices_signature_and_a_count_that_stands_still_are_refused() -> None:
    device, other = Authenticator(ORIGIN), Authenticator(ORIGIN)
    passkey = _stored(device)
    other.user_handle = device.user_handle
    assert read_used(_used(other), passkey, CHALLENGE, ORIGIN) is None
    used = _used(device)
    assert read_used(used, passkey._replace(sign_count=1), CHALLENGE, ORIGIN) is None
    damaged = passkey._replace(public_key=b"\xa0")
    assert read_used(used, damaged, CHALLENGE, ORIGIN) is None


def test_the_credential_is_the_one_inside() -> None:
    made = _made(Authenticator(ORIGIN))
    assert read_made(msgspec.structs.replace(made, credential_id=b"x"), CHALLENGE, ORIGIN) is None


def test_a_key_that_is_none_is_noticed_when_it_is_made() -> None:
    brought = Authenticator(ORIGIN).create(ASKED)
    attestation = cbor2.loads(b64decode(brought["attestation"]))
    about = attestation["authData"]
    off_curve = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: bytes(32), -3: b"\1" * 32})
    attestation["authData"] = about[: -len(off_curve)] + off_curve
    brought["attestation"] = b64encode(cbor2.dumps(attestation)).decode()
    assert read_made(msgspec.convert(brought, MadeCredential), CHALLENGE, ORIGIN) is None


DEVICE = Authenticator(ORIGIN)
MADE, PASSKEY, USED = _made(DEVICE), _stored(DEVICE), _used(DEVICE)


@settings(deadline=None, max_examples=300)
@given(st.integers(0, 2_000), st.binary(max_size=40), st.booleans())
def test_whatever_is_brought_is_answered(at: int, piece: bytes, is_inserted: bool) -> None:  # noqa: FBT001
    def spoil(content: bytes) -> bytes:
        place = at % (len(content) + 1)
        return content[:place] + piece + content[place if is_inserted else place + len(piece) :]

    made = msgspec.structs.replace(MADE, attestation=spoil(MADE.attestation))
    used = msgspec.structs.replace(USED, authenticator_data=spoil(USED.authenticator_data))
    read_made(made, CHALLENGE, ORIGIN)
    assert (read_used(used, PASSKEY, CHALLENGE, ORIGIN) is not None) == (used == USED)
    for spoiled in (
        msgspec.structs.replace(MADE, client_data=spoil(MADE.client_data)),
        msgspec.structs.replace(MADE, attestation=piece),
    ):
        read_made(spoiled, CHALLENGE, ORIGIN)
    read_used(msgspec.structs.replace(USED, signature=piece), PASSKEY, CHALLENGE, ORIGIN)


def test_what_is_nested_deeply_is_answered() -> None:
    deep = b"\x81" * 4_000 + b"\x00"
    assert read_made(msgspec.structs.replace(MADE, attestation=deep), CHALLENGE, ORIGIN) is None
    assert read_used(USED, PASSKEY._replace(public_key=deep), CHALLENGE, ORIGIN) is None
