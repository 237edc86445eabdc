import asyncio
import ssl
from pathlib import Path

from cryptography import x509

from server.dev_tls import FILE, open_tls

NOW_MS = 1_790_000_000_000
DAY_MS = 24 * 3_600_000


def certificate(folder: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / FILE).read_bytes())


def test_it_covers_the_addresses_and_is_the_owners_alone(tmp_path: Path) -> None:
    open_tls(tmp_path / "data", ["192.0.2.7", "fd00::7"], NOW_MS)
    names = (
        certificate(tmp_path / "data").extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    )
    assert {"localhost", "127.0.0.1", "::1", "192.0.2.7", "fd00::7"} <= {str(name.value) for name in names}
    assert (tmp_path / "data" / FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "data").iterdir()] == [FILE]


def test_it_is_kept_while_it_fits(tmp_path: Path) -> None:
    open_tls(tmp_path, ["192.0.2.7"], NOW_MS)
    first = certificate(tmp_path)
    open_tls(tmp_path, ["192.0.2.7"], NOW_MS + 300 * DAY_MS)
    open_tls(tmp_path, [], NOW_MS)
    assert certificate(tmp_path) == first


def test_it_is_made_anew_for_other_addresses_before_it_ends_and_when_damaged(tmp_path: Path) -> None:
    open_tls(tmp_path, ["192.0.2.7"], NOW_MS)
    first = certificate(tmp_path)
    open_tls(tmp_path, ["192.0.2.8"], NOW_MS)
    second = certificate(tmp_path)
    assert second != first
    open_tls(tmp_path, ["192.0.2.8"], NOW_MS + 391 * DAY_MS)
    third = certificate(tmp_path)
    assert third != second
    (tmp_path / FILE).write_text("damaged")
    open_tls(tmp_path, ["192.0.2.8"], NOW_MS)
    assert certificate(tmp_path) != third


async def test_a_browser_that_goes_on_gets_modern_tls(tmp_path: Path) -> None:
    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"lit")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(
        greet, "127.0.0.1", 0, ssl=open_tls(tmp_path, [], now_ms=NOW_MS)
    ) as server:
        port = server.sockets[0].getsockname()[1]
        anybody = ssl.create_default_context()
        anybody.check_hostname = False
        anybody.verify_mode = ssl.CERT_NONE
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=anybody)
        assert await reader.read() == b"lit"
        assert writer.get_extra_info("ssl_object").version() == "TLSv1.3"
        writer.close()
        await writer.wait_closed()
