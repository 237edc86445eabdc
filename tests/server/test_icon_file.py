import struct
from pathlib import Path

import pytest

from server.icon_file import read_icon

NS = 'xmlns="http://www.w3.org/2000/svg"'
PLAIN = (
    f'<?xml version="1.0"?><!-- a lamp --><svg {NS} viewBox="0 0 9 9"><defs><linearGradient id="g"/></defs>'
    '<rect width="9" height="9" fill="url(#g)"/><use href="#g"/></svg>'
)


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height) + b"\x08\x06\0\0\0"


def read(tmp_path: Path, content: bytes | str) -> tuple[str, int]:
    path = tmp_path / "icon"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    icon = read_icon(path)
    return icon.content_type, icon.side_px


def test_drawings_and_square_pictures_are_taken(tmp_path: Path) -> None:
    assert read(tmp_path, PLAIN) == ("image/svg+xml", 0)
    assert read(tmp_path, png(512, 512)) == ("image/png", 512)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (f"<svg {NS}><script>1</script></svg>", "holds <script>"),
        (f"<svg {NS}><style>*{{}}</style></svg>", "holds <style>"),
        (f"<svg {NS}><foreignObject/></svg>", "holds <foreignObject>"),
        (f"<svg {NS}><image href='x.png'/></svg>", "holds <image>"),
        (f"<svg {NS}><h:b xmlns:h='http://www.w3.org/1999/xhtml'/></svg>", "holds <b>"),
        (f"<svg {NS}><rect onclick='x()'/></svg>", "runs a script"),
        (f"<svg {NS}><use href='https://a.example/#x'/></svg>", "may fetch"),
        (
            f"<svg {NS} xmlns:xlink='http://www.w3.org/1999/xlink'><use xlink:href='b.svg#x'/></svg>",
            "may fetch",
        ),
        (f"<svg {NS}><rect style='fill:red'/></svg>", "may fetch"),
        (f"<svg {NS}><rect fill='url(https://a.example/x)'/></svg>", "may fetch"),
        (f"<svg {NS}><rect fill='u\\72l(//a.example)'/></svg>", "may fetch"),
        (f"<?xml-stylesheet href='a.css'?><svg {NS}/>", "processing instruction"),
        (f"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg {NS}>&a;</svg>", "document type"),
        ("<svg/>", "neither PNG nor SVG"),
        ("<html/>", "neither PNG nor SVG"),
        (b"GIF89a", "neither PNG nor well-formed SVG"),
        (b"", "neither PNG nor well-formed SVG"),
        (png(192, 193), "must be square"),
        (png(64, 64), "at least 192"),
        (png(512, 512)[:20], "cut off"),
        (b"x" * 65_537, "larger than 64 KiB"),
    ],
)
def test_anything_else_is_refused(tmp_path: Path, content: bytes | str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        read(tmp_path, content)
    assert str(caught.value).startswith(str(tmp_path))


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read: No such file"):
        read_icon(tmp_path / "none.svg")
