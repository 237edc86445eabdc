from pathlib import Path

import pytest

from server.public_url import passkey_url, public_url
from tests.server.nodes import node_config


@pytest.mark.parametrize(
    ("asked", "server", "url", "for_passkeys"),
    [
        ("https://meet.example/", {}, "https://meet.example", "https://meet.example"),
        (None, {"origins": ("https://meet.example",)}, "https://meet.example", "https://meet.example"),
        (None, {"port": 8080}, "http://127.0.0.1:8080", "http://localhost:8080"),
        (None, {"host": "localhost", "port": 80}, "http://127.0.0.1", "http://localhost"),
        ("http://[::1]:8080", {}, "http://[::1]:8080", "http://localhost:8080"),
        (None, {"host": "192.0.2.1", "port": 443, "dev_tls": True}, "https://192.0.2.1", None),
        ("nonsense", {}, "nonsense", None),
    ],
)
def test_links_lead_where_browsers_find_the_place(
    tmp_path: Path, asked: str | None, server: dict[str, object], url: str, for_passkeys: str | None
) -> None:
    config = node_config(tmp_path, **server)
    assert public_url(asked, config) == url
    assert passkey_url(asked, config) == for_passkeys
