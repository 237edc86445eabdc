"""A certificate made here, so that a phone on the same network may use its microphone.

Browsers give a microphone only to secure pages, and `http://` counts as secure on the same machine alone. The
certificate vouches for nothing: browsers warn, and people go on. For a real place, put a proxy with a real
certificate in front.
"""

import datetime
import os
import socket
import ssl
from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

FILE: Final = "dev-tls.pem"

_VALID_DAYS: Final = 397  # the longest that browsers accept (CA/Browser Forum baseline requirements 6.3.2)
_RENEW_DAYS: Final = 7
_CLOCK_SLACK_DAYS: Final = 1  # a phone whose clock is behind


def open_tls(data_dir: Path, hosts: Iterable[str], now_ms: int) -> ssl.SSLContext:
    """Return a context with the certificate kept in `data_dir`; one is made where none fits.

    Args:
        data_dir: where key and certificate are kept, readable by the owner only.
        hosts: addresses and names under which browsers will ask.
        now_ms: wall clock, milliseconds since 1970.

    Raises:
        OSError: the file cannot be read or written.
    """
    path = data_dir / FILE
    names = frozenset((*hosts, "localhost", "127.0.0.1", "::1", socket.gethostname().lower()))
    now = datetime.datetime.fromtimestamp(now_ms / 1_000, tz=datetime.UTC)
    if not _is_usable(path, names, now):
        _write(path, _make(sorted(names), now))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(path)
    return context


def _is_usable(path: Path, names: frozenset[str], now: datetime.datetime) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (FileNotFoundError, ValueError, x509.ExtensionNotFound):
        return False
    covered = {str(name.value).lower() for name in alternative}
    return names <= covered and certificate.not_valid_after_utc > now + datetime.timedelta(days=_RENEW_DAYS)


def _make(names: Iterable[str], now: datetime.datetime) -> bytes:
    """Return a key and a certificate for the names, signed by itself, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Lamplit development")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=_CLOCK_SLACK_DAYS))
        .not_valid_after(now + datetime.timedelta(days=_VALID_DAYS - _CLOCK_SLACK_DAYS))
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _write(path: Path, content: bytes) -> None:
    """Put the file in place whole, readable by the owner only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(content)
    draft.replace(path)
