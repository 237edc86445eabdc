"""What a peer is offered."""

import secrets
from collections.abc import Sequence

from rooms.voice.forwarder import SLOT_COUNT
from server.media.peer import Peer
from server.media.settings import MediaSettings
from signaling.sdp import OfferTerms, write_offer
from signaling.to_browser import Offer


def write_peer_offer(peer: Peer, candidates: Sequence[tuple[str, int]], settings: MediaSettings) -> Offer:
    """Return the offer for a peer's credentials of now, at the addresses where this node is reached."""
    credentials, terms = peer.ice.credentials, peer.terms
    sdp = write_offer(
        OfferTerms(
            session_id=terms.session_id,
            version=peer.version,
            ufrag=credentials.ufrag,
            pwd=credentials.pwd,
            fingerprint=peer.fingerprint,
            candidates=tuple(candidates),
            slot_ssrcs=terms.slot_ssrcs,
            cname=terms.cname,
            ptime_ms=settings.ptime_ms,
            max_bitrate_bps=settings.max_bitrate_bps,
        )
    )
    return Offer(peer_id=terms.peer_id, sdp=sdp)


def draw_ssrcs() -> tuple[int, ...]:
    """One random SSRC for each slot, all different, none 0."""
    ssrcs: set[int] = set()
    while len(ssrcs) < SLOT_COUNT:
        ssrcs.add(1 + secrets.randbelow(2**32 - 1))
    return tuple(ssrcs)
