"""An authenticator in software, as far as Web Authentication needs one: makes and uses ES256 passkeys."""

import hashlib
import secrets
import struct
from base64 import b64decode, b64encode, urlsafe_b64encode
from typing import Any, Final

import cbor2
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

_PRESENT: Final = 0x01
_VERIFIED: Final = 0x04
_HAS_KEY: Final = 0x40
_ES256: Final = -7


class Authenticator:
    """One device with one passkey. `sign_count` grows with each use unless `counts` is false."""

    def __init__(self, origin: str, *, counts: bool = True) -> None:
        self.origin = origin
        self.counts = counts
        self.sign_count = 0
        self.credential_id = secrets.token_bytes(32)
        self.user_handle = b""
        self.flags = _PRESENT | _VERIFIED
        self._key = ec.generate_private_key(ec.SECP256R1())

    def create(self, asked: dict[str, Any], **changes: Any) -> dict[str, Any]:  # noqa: ANN401 -- JSON
        """Return the page's `MadeCredential` for a `make_passkey` answer; `changes` replace what is told."""
        self.user_handle = b64decode(asked["user_id"])
        assert _ES256 in asked["algorithms"]
        client = self._client("webauthn.create", asked["challenge"], changes)
        known = struct.pack(">16sH", bytes(16), len(self.credential_id)) + self.credential_id
        about = self._about(changes.get("rp_id", asked["rp_id"]), _HAS_KEY) + known + self._cose()
        attestation = {"fmt": changes.get("fmt", "none"), "attStmt": {}, "authData": about}
        return {
            "credential_id": _b64(self.credential_id),
            "client_data": _b64(client),
            "attestation": _b64(cbor2.dumps(attestation)),
            "transports": ["internal"],
        }

    def get(self, asked: dict[str, Any], **changes: Any) -> dict[str, Any]:  # noqa: ANN401 -- JSON
        """Return the page's `UsedCredential` for a `use_passkey` answer; `changes` replace what is signed."""
        self.sign_count += self.counts
        client = self._client("webauthn.get", asked["challenge"], changes)
        about = self._about(changes.get("rp_id", asked["rp_id"]), 0)
        signature = self._key.sign(about + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return {
            "credential_id": _b64(self.credential_id),
            "client_data": _b64(client),
            "authenticator_data": _b64(about),
            "signature": _b64(signature),
            "user_handle": _b64(changes.get("user_handle", self.user_handle)),
        }

    def _client(self, kind: str, challenge: str, changes: dict[str, Any]) -> bytes:
        text = urlsafe_b64encode(b64decode(challenge)).rstrip(b"=").decode()
        told = {"type": kind, "challenge": text, "origin": self.origin, "crossOrigin": False}
        return msgspec.json.encode({key: changes.get(key, told[key]) for key in told})

    def _about(self, rp_id: str, more_flags: int) -> bytes:
        return hashlib.sha256(rp_id.encode()).digest() + struct.pack(
            ">BI", self.flags | more_flags, self.sign_count
        )

    def _cose(self) -> bytes:
        numbers = self._key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
        return cbor2.dumps({1: 2, 3: _ES256, -1: 1, -2: x, -3: y})


def _b64(content: bytes) -> str:
    return b64encode(content).decode()
