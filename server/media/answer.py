"""Judging a browser's answer: typed fields, never session description text."""

import re
from typing import Final

from rooms.refusals import Refusal, RefusalCode
from signaling.from_browser import AnswerMedia

# RFC 8122 section 5: upper-case hexadecimal with colons. SHA-1 and MD5 are too weak to name a browser by.
_PATTERNS: Final = {
    f"sha-{8 * size_bytes}": re.compile(rf"[0-9A-F]{{2}}(?::[0-9A-F]{{2}}){{{size_bytes - 1}}}")
    for size_bytes in (32, 48, 64)
}
MAX_FINGERPRINTS: Final = 4


def read_answer(answer: AnswerMedia) -> tuple[tuple[str, str], ...] | Refusal:
    """Return the fingerprints as (algorithm, value); all of them must match the browser's certificate.

    Refused: any DTLS role but "active" (the server waits, RFC 8842 section 5.2), any fingerprint that is
    not a well-formed SHA-256, SHA-384 or SHA-512.
    """
    if answer.setup != "active":
        return Refusal(code=RefusalCode.BAD_SETUP)
    if not 1 <= len(answer.fingerprints) <= MAX_FINGERPRINTS:
        return Refusal(code=RefusalCode.BAD_FINGERPRINT)
    for fingerprint in answer.fingerprints:
        pattern = _PATTERNS.get(fingerprint.algorithm)
        if pattern is None or pattern.fullmatch(fingerprint.value) is None:
            return Refusal(code=RefusalCode.BAD_FINGERPRINT)
    return tuple((one.algorithm, one.value) for one in answer.fingerprints)
