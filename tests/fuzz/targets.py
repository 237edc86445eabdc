"""Every reader that is fuzzed, by name."""

from typing import Final

from tests.fuzz import between_nodes, headers, messages, requests, transport, written
from tests.fuzz.target import Target

TARGETS: Final[dict[str, Target]] = {
    target.name: target
    for module in (headers, transport, messages, between_nodes, written, requests)
    for target in module.TARGETS
}
