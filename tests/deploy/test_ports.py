"""Ports are said in many places of deploy/; all must be those of server/config.py, or go up from there."""

import re
from typing import Final

from server.config import DEFAULT_PORT, DEFAULT_UDP_PORT
from tests.deploy.files import COMPOSE, DEPLOY, ROOT, settings_of

WORD: Final = "(?<![\\d.])"


def test_the_image_opens_the_ports_of_a_node() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    assert f"EXPOSE {DEFAULT_PORT}/tcp {DEFAULT_UDP_PORT}/udp" in text
    assert f'LAMPLIT_SERVER__PORT\\", {DEFAULT_PORT})' in text


def test_the_first_node_has_the_default_port_for_sound_and_the_others_the_next() -> None:
    for number in (1, 2):
        env = settings_of(DEPLOY / "systemd" / f"n{number}.env")
        assert int(env["LAMPLIT_MEDIA__UDP_PORT"]) == DEFAULT_UDP_PORT + number - 1
        text = (COMPOSE / "compose.yaml").read_text()
        assert f'LAMPLIT_MEDIA__UDP_PORT: "{DEFAULT_UDP_PORT + number - 1}"' in text


def test_no_file_has_another_port_for_pages_or_sound() -> None:
    sound = re.compile(rf"{WORD}34[78]\d(?!\d)")
    pages = re.compile(rf"{WORD}80[89]\d(?!\d)")
    known = {3478, DEFAULT_UDP_PORT, DEFAULT_UDP_PORT + 1, DEFAULT_PORT, DEFAULT_PORT + 1, DEFAULT_PORT + 2}
    files = [path for path in DEPLOY.rglob("*") if path.is_file() and path.suffix != ".json"]
    assert len(files) > 30
    for path in (*files, ROOT / "docs" / "DEPLOYING.md"):
        text = path.read_text()
        said = {int(found[0]) for found in (*sound.finditer(text), *pages.finditer(text))}
        assert said <= known, path.name


def test_the_page_about_the_firewall_names_every_port_that_is_opened() -> None:
    text = (ROOT / "docs" / "DEPLOYING.md").read_text()
    for port in ("UDP 3479", "UDP 3480", "TCP 443", "TCP 80", "UDP 30479"):
        assert port in text
