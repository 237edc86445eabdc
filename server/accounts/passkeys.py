"""Passkeys: what browsers are asked for, and whether what they bring is right (Web Authentication Level 3).

The checks themselves are the `webauthn` package's. What it is given comes from anybody, so whatever it
stumbles over is a passkey that cannot be used.
"""

from ipaddress import ip_address
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import bytes_to_base64url, decode_credential_public_key
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.decoded_public_key_to_cryptography import decoded_public_key_to_cryptography
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.parse_attestation_object import parse_attestation_object
from webauthn.helpers.structs import (
    AttestationFormat,
    AuthenticationCredential,
    AuthenticatorAssertionResponse,
    AuthenticatorAttestationResponse,
    RegistrationCredential,
)

from server.account_ports import StoredPasskey
from server.accounts.messages import MadeCredential, UsedCredential

# Best first. Windows Hello on older machines has only the last.
_ALGORITHMS: Final = (
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
)
ALGORITHMS: Final = tuple(algorithm.value for algorithm in _ALGORITHMS)

# No attestation is asked for, and browsers then bring one of these two (section 5.1.3, step "none").
_FORMATS: Final = (AttestationFormat.NONE, AttestationFormat.PACKED)

_STUMBLES: Final = (
    WebAuthnException,
    UnsupportedAlgorithm,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


class MadeKey(NamedTuple):
    """A new passkey that was found right: its credential, its COSE key, and the authenticator's count."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


def rp_id_of(origin: str) -> str | None:
    """Return for whom a passkey of this origin is (section 5.1.2, "effective domain"): its host.

    None where there can be none: browsers refuse addresses that are numbers.
    """
    host = urlsplit(origin).hostname or ""
    try:
        ip_address(host)
    except ValueError:
        return host or None
    return None


def read_made(made: MadeCredential, challenge: bytes, origin: str) -> MadeKey | None:
    """Return the passkey that a browser made for this challenge at this origin, or None."""
    rp_id = rp_id_of(origin)
    if rp_id is None:
        return None
    credential = RegistrationCredential(
        id=bytes_to_base64url(made.credential_id),
        raw_id=made.credential_id,
        response=AuthenticatorAttestationResponse(
            client_data_json=made.client_data, attestation_object=made.attestation
        ),
    )
    try:
        if parse_attestation_object(made.attestation).fmt not in _FORMATS:
            return None
        verified = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=rp_id,
            expected_origin=origin,
            supported_pub_key_algs=list(_ALGORITHMS),
        )
        # A key that nothing can be checked with would only be noticed at the next sign-in.
        decoded_public_key_to_cryptography(decode_credential_public_key(verified.credential_public_key))
    except _STUMBLES:
        return None
    if verified.credential_id != made.credential_id:
        return None
    return MadeKey(verified.credential_id, verified.credential_public_key, verified.sign_count)


def read_used(used: UsedCredential, passkey: StoredPasskey, challenge: bytes, origin: str) -> int | None:
    """Return the authenticator's new count if the passkey signed this challenge at this origin, else None.

    A count that does not grow means that there are two of one authenticator (section 7.2, step 22).
    """
    rp_id = rp_id_of(origin)
    if rp_id is None or used.user_handle not in {b"", passkey.account_id.encode()}:
        return None
    credential = AuthenticationCredential(
        id=bytes_to_base64url(used.credential_id),
        raw_id=used.credential_id,
        response=AuthenticatorAssertionResponse(
            client_data_json=used.client_data,
            authenticator_data=used.authenticator_data,
            signature=used.signature,
        ),
    )
    try:
        verified = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=rp_id,
            expected_origin=origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
        )
    except _STUMBLES:
        return None
    return verified.new_sign_count
