"""How the media plane is set up; server/config.py fills it from the configuration file."""

from typing import Final

import msgspec

from signaling.sdp import MAX_BITRATE_BPS, MIN_BITRATE_BPS, PTIMES_MS

DEFAULT_MAX_BITRATE_BPS: Final = 32_000  # clear mono speech; browsers choose the same on their own
DEFAULT_EXPIRY_MS: Final = 30_000  # Firefox checks its path only every 5 s, and a tunnel takes a while
MAX_SENDING_THREADS: Final = 4  # the loop prepares copies about three times as fast as a thread sends them

_MAX_PORT: Final = 65_535


class MediaSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the one UDP port is and what browsers are asked to send.

    Attributes:
        udp_host4: IPv4 address to bind; empty: no IPv4.
        udp_host6: IPv6 address to bind, where the machine has IPv6; empty: no IPv6.
        udp_port: the same number for both; 0 lets the kernel choose (tests).
        public_addresses: addresses told to browsers, in order of preference; empty: this machine's own.
        ptime_ms: length of one packet: 20, 40 or 60 ms. Longer ones cost delay and save packets.
        max_bitrate_bps: average limit of one microphone.
        sending_threads: threads that send to large rooms, for each address family, where there is sendmmsg.
        expiry_ms: a peer without a connectivity check for this long is gone.
    """

    udp_host4: str = "0.0.0.0"  # noqa: S104 -- a meeting server is there to be reached
    udp_host6: str = "::"
    udp_port: int = 0
    public_addresses: tuple[str, ...] = ()
    ptime_ms: int = 20
    max_bitrate_bps: int = DEFAULT_MAX_BITRATE_BPS
    expiry_ms: int = DEFAULT_EXPIRY_MS
    sending_threads: int = 0

    def __post_init__(self) -> None:
        if not (self.udp_host4 or self.udp_host6):
            raise ValueError("udp_host4 and udp_host6 are both empty: media needs at least one")
        if not 0 <= self.udp_port <= _MAX_PORT:
            raise ValueError(f"udp_port must be 0 to {_MAX_PORT}, not {self.udp_port}")
        if self.ptime_ms not in PTIMES_MS:
            raise ValueError(f"ptime_ms must be one of {', '.join(map(str, PTIMES_MS))}, not {self.ptime_ms}")
        if not MIN_BITRATE_BPS <= self.max_bitrate_bps <= MAX_BITRATE_BPS:
            raise ValueError(f"max_bitrate_bps must be {MIN_BITRATE_BPS} to {MAX_BITRATE_BPS}")
        if not 0 <= self.sending_threads <= MAX_SENDING_THREADS:
            raise ValueError(
                f"sending_threads must be 0 to {MAX_SENDING_THREADS}, not {self.sending_threads}"
            )
        if self.expiry_ms <= 0:
            raise ValueError("expiry_ms must be more than 0")
