import pytest

from rooms.refusals import Refusal, RefusalCode
from server.media.answer import read_answer
from signaling.from_browser import AnswerMedia, Fingerprint

SHA256 = ":".join(["A1"] * 32)
SHA384 = ":".join(["B2"] * 48)
SHA512 = ":".join(["C3"] * 64)


def answer(*fingerprints: tuple[str, str], setup: str = "active") -> AnswerMedia:
    found = tuple(Fingerprint(algorithm=algorithm, value=value) for algorithm, value in fingerprints)
    return AnswerMedia(peer_id="p", fingerprints=found, setup=setup)


def test_strong_hashes_are_taken() -> None:
    fingerprints = (("sha-256", SHA256), ("sha-384", SHA384), ("sha-512", SHA512))

    assert read_answer(answer(*fingerprints)) == fingerprints


@pytest.mark.parametrize("setup", ["passive", "actpass", "holdconn", "", "ACTIVE", "active "])
def test_the_browser_must_be_the_active_side(setup: str) -> None:
    assert read_answer(answer(("sha-256", SHA256), setup=setup)) == Refusal(code=RefusalCode.BAD_SETUP)


@pytest.mark.parametrize(
    "fingerprints",
    [
        [],
        [("sha-1", ":".join(["A1"] * 20))],
        [("md5", ":".join(["A1"] * 16))],
        [("sha-224", ":".join(["A1"] * 28))],
        [("SHA-256", SHA256)],
        [("sha-256", SHA256.lower())],
        [("sha-256", SHA256[:-3])],
        [("sha-256", SHA256 + ":A1")],
        [("sha-256", SHA256 + "\n")],
        [("sha-256", SHA256.replace(":", ""))],
        [("sha-256", SHA384)],
        [("sha-256", SHA256), ("sha-1", ":".join(["A1"] * 20))],
        [("sha-256", SHA256)] * 5,
    ],
)
def test_anything_else_is_no_fingerprint(fingerprints: list[tuple[str, str]]) -> None:
    assert read_answer(answer(*fingerprints)) == Refusal(code=RefusalCode.BAD_FINGERPRINT)
