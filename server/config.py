"""What an operator can set, with defaults that serve one round-the-clock room on this machine.

One tree of frozen structs. `server.config_sources` fills it from a TOML file, the environment and the command
line; nothing else in the server reads any of those three. There are no secrets in here: keys live in files of
their own under `server.data_dir`.

A `ValueError` of these structs starts with the key that is wrong, so that its path can be put in front.
"""

import re
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Final, Literal

import msgspec

from rooms.ids import SLUG_PATTERN, RoomSlug
from rooms.limits import ABOUT_MAX_CHARS, CHAT_BURST, SLUG_MAX_CHARS, TITLE_MAX_CHARS
from server.look import LookConfig
from server.media.settings import DEFAULT_MAX_BITRATE_BPS, MAX_SENDING_THREADS, MediaSettings
from server.schedule.plan import Planned
from server.schedule.setting import SeriesConfig
from signaling.sdp import MIN_BITRATE_BPS, PTIMES_MS

DEFAULT_PORT: Final = 8080
DEFAULT_UDP_PORT: Final = 3479  # beside the registered STUN port 3478, which a TURN server may need
PORT_MAX: Final = 65_535
PLACE_NAME_MAX_CHARS: Final = 40  # has to fit a browser tab
CONTACT_MAX_CHARS: Final = 200

_VOICE_MAX_BITRATE_BPS: Final = (
    64_000  # guess: speech is clear well below; more costs the listeners' data plans
)
_COUNT_MAX: Final = 1_000_000  # far beyond what one process can hold
_ORIGIN: Final = re.compile(
    r"https?://(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::[1-9][0-9]{0,4})?"
)
_EXIT_URL: Final = re.compile(r"https?://[!-~]{1,500}")
_STORE_URL: Final = re.compile(r"postgresql://[!-~]{1,500}")
_PASSWORD: Final = re.compile(r"postgresql://[^/?]*:[^/?]*@|.*[?&](?:password|passwd)=")
_SLUG: Final = re.compile(SLUG_PATTERN)
_AUTHORITY: Final = r"(?:[a-zA-Z0-9._-]+|\[[0-9a-fA-F:]+\])(?::[1-9][0-9]{0,4})?"
_REDIS_URL: Final = re.compile(
    rf"rediss?://{_AUTHORITY}(?:/[0-9]{{1,3}})?"
    r"|unix:///[!-~]{1,100}"
    rf"|rediss?\+sentinel://{_AUTHORITY}(?:,{_AUTHORITY}){{0,15}}/[a-zA-Z0-9._-]+"
    rf"|rediss?\+cluster://{_AUTHORITY}(?:,{_AUTHORITY}){{0,15}}"
)
_NODE_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


def read_networks(key: str, texts: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    """Read networks such as 10.0.0.0/8; one address alone is a network of one.

    Raises:
        ValueError: naming the key and the text that is none.
    """
    networks = []
    for text in texts:
        try:
            networks.append(ip_network(text))
        except ValueError as error:
            raise ValueError(f"{key}: {text!r} must be a network such as 10.0.0.0/8 ({error})") from None
    return tuple(networks)


def _check_range(key: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise ValueError(f"{key} must be {least} to {most}, not {value}")


def _check_text(key: str, text: str, max_chars: int) -> None:
    if not text.strip() or len(text) > max_chars or not text.isprintable():
        raise ValueError(f"{key} must be 1 to {max_chars} printable characters")


def _check_slug(key: str, slug: str) -> None:
    if len(slug) > SLUG_MAX_CHARS or not _SLUG.fullmatch(slug):
        raise ValueError(
            f"{key} must be lower-case letters, digits and single hyphens, "
            f"at most {SLUG_MAX_CHARS} characters, not {slug!r}"
        )


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _check_bind_address(key: str, text: str, version: int) -> None:
    if text and not (_is_address(text) and ip_address(text).version == version):
        raise ValueError(f"{key} must be an IPv{version} address or empty, not {text!r}")


class ServerConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The HTTP side.

    Attributes:
        host: address or name to listen at. With `dev_tls` and nothing said: 0.0.0.0.
        port: TCP port; 0 lets the kernel choose.
        data_dir: folder for what a restart must find again, made when missing; a relative one starts at the
            folder that the server is started from.
        origins: exact origins (scheme, host, port) that pages may come from, besides the listening address.
        trusted_proxies: networks whose X-Forwarded-For is believed.
        place_name: what the place is called in the browser's tab.
        contact: how to reach whoever runs the place: words, a mail address or a page; empty: not said.
        help_file: TOML file with crisis lines; empty: examples that nobody here has checked.
        exit_url: where "hide this page" leads; empty: a blank page of our own.
        dev_tls: serve HTTPS with a certificate made here, for phones on the same network.
    """

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    data_dir: str = "data"
    origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    place_name: str = "Lamplit"
    contact: str = ""
    help_file: str = ""
    exit_url: str = ""
    dev_tls: bool = False

    def __post_init__(self) -> None:
        _check_range("port", self.port, 0, PORT_MAX)
        _check_text("host", self.host, 255)
        _check_text("data_dir", self.data_dir, 4096)
        _check_text("place_name", self.place_name, PLACE_NAME_MAX_CHARS)
        for key, most in (("contact", CONTACT_MAX_CHARS), ("help_file", 4096)):
            if getattr(self, key):
                _check_text(key, getattr(self, key), most)
        for origin in self.origins:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"origins: {origin!r} must be like https://meet.example: lower case, no path, "
                    "no slash at the end, no port where it is the usual one"
                )
        read_networks("trusted_proxies", self.trusted_proxies)
        if self.exit_url and not _EXIT_URL.fullmatch(self.exit_url):
            raise ValueError(f"exit_url must be empty or start with https://, not {self.exit_url!r}")

    @property
    def data_path(self) -> Path:
        """The data directory."""
        return Path(self.data_dir)

    @property
    def proxy_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """`trusted_proxies`, read."""
        return read_networks("trusted_proxies", self.trusted_proxies)


class MediaConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The one UDP port and what browsers are asked to send.

    Attributes:
        udp_host4: IPv4 address to bind; empty: no IPv4.
        udp_host6: IPv6 address to bind, where the machine has IPv6; empty: no IPv6.
        udp_port: the same number for both; 0 lets the kernel choose.
        public_addresses: IP addresses told to browsers, best first; empty: this machine's own.
        ptime_ms: length of one packet of sound: 20, 40 or 60 ms. Longer ones cost delay and save packets.
        max_bitrate_bps: average limit of one microphone.
        sending_threads: threads that send to large rooms, so that more than one core is used; 0: none.
    """

    udp_host4: str = "0.0.0.0"  # noqa: S104 -- behind a proxy on this machine, sound still comes from outside
    udp_host6: str = "::"
    udp_port: int = DEFAULT_UDP_PORT
    public_addresses: tuple[str, ...] = ()
    ptime_ms: int = PTIMES_MS[0]
    max_bitrate_bps: int = DEFAULT_MAX_BITRATE_BPS
    sending_threads: int = 0

    def __post_init__(self) -> None:
        _check_bind_address("udp_host4", self.udp_host4, 4)
        _check_bind_address("udp_host6", self.udp_host6, 6)
        if not (self.udp_host4 or self.udp_host6):
            raise ValueError("udp_host4 and udp_host6 are both empty: sound needs at least one")
        _check_range("udp_port", self.udp_port, 0, PORT_MAX)
        for address in self.public_addresses:
            if not _is_address(address):
                raise ValueError(f"public_addresses: {address!r} must be an IP address such as 203.0.113.7")
        if self.ptime_ms not in PTIMES_MS:
            raise ValueError(f"ptime_ms must be one of {', '.join(map(str, PTIMES_MS))}, not {self.ptime_ms}")
        _check_range("max_bitrate_bps", self.max_bitrate_bps, MIN_BITRATE_BPS, _VOICE_MAX_BITRATE_BPS)
        _check_range("sending_threads", self.sending_threads, 0, MAX_SENDING_THREADS)

    def settings(self) -> MediaSettings:
        """What the media plane is set up with."""
        return MediaSettings(
            udp_host4=self.udp_host4,
            udp_host6=self.udp_host6,
            udp_port=self.udp_port,
            public_addresses=self.public_addresses,
            ptime_ms=self.ptime_ms,
            max_bitrate_bps=self.max_bitrate_bps,
            sending_threads=self.sending_threads,
        )


class RoomConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A room: open at the times of its series, or round the clock where it has none.

    Attributes:
        slug: its lasting name in addresses: lower-case letters, digits and single hyphens.
        title: what people call it.
        about: one or two sentences for somebody who was never there.
        group: slug of the group that it belongs to; empty: it is a group by itself.
        series: weekly meetings.
    """

    slug: RoomSlug
    title: str
    about: str = ""
    group: str = ""
    series: tuple[SeriesConfig, ...] = ()

    def __post_init__(self) -> None:
        _check_slug("slug", self.slug)
        if self.group:
            _check_slug("group", self.group)
        _check_text("title", self.title, TITLE_MAX_CHARS)
        if self.about:
            _check_text("about", self.about, ABOUT_MAX_CHARS)

    def planned(self) -> tuple[Planned, ...]:
        """The series, read."""
        return tuple(one.planned(f"{self.slug}.{n}@config") for n, one in enumerate(self.series, start=1))


class LimitsConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much one process and one address may use.

    Attributes:
        connections: sockets of members at once.
        connections_per_address: the same from one address; many people may sit behind one.
        connects_per_s_per_address: new ones a second from one address, sustained.
        connects_burst_per_address: new ones at once from one address.
        chat_per_s_per_member: lines of chat a second from one member, sustained.
        chat_burst_per_member: lines at once from one member.
    """

    connections: int = 5_000
    connections_per_address: int = 200
    connects_per_s_per_address: int = 20
    connects_burst_per_address: int = 100
    chat_per_s_per_member: int = 1
    chat_burst_per_member: int = CHAT_BURST

    def __post_init__(self) -> None:
        for key in self.__struct_fields__:
            _check_range(key, getattr(self, key), 1, _COUNT_MAX)


class StoreConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where lasting things are kept.

    Attributes:
        url: a PostgreSQL database, without a password; empty: a SQLite file in the data directory.
    """

    url: str = ""

    def __post_init__(self) -> None:
        if not self.url:
            return
        if not _STORE_URL.fullmatch(self.url):
            raise ValueError("url must be empty or like postgresql://lamplit@db.example/lamplit")
        if _PASSWORD.match(self.url):
            raise ValueError(
                "url must hold no password, settings are shown; put it into the file that PGPASSFILE names"
            )


class ClusterConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How this node and others are one place; without `redis_url` it stands alone.

    Attributes:
        redis_url: where the rooms' logs are: `redis://`, `rediss://` (TLS), `unix://`,
            `redis+sentinel://host:port,host:port/service` or `redis+cluster://host:port,host:port`;
            never with a password.
        redis_user: name of the ACL user; empty: the default one.
        redis_password_file: file with the password; empty: none.
        redis_ca_file: certificates that the TLS of Redis is checked against; empty: the system's.
        key_file: 32 or more random bytes, the same on every node: who has them is a node of this place.
        node_name: what this node is called among the others; empty: made at the start.
        public_url: where browsers reach this very node; empty: wherever the load balancer is.
        room_max_members_per_node: members of one room whom this node takes before others are asked to.
    """

    redis_url: str = ""
    redis_user: str = ""
    redis_password_file: str = ""
    redis_ca_file: str = ""
    key_file: str = ""
    node_name: str = ""
    public_url: str = ""
    room_max_members_per_node: int = 500

    def __post_init__(self) -> None:
        if "@" in self.redis_url:
            raise ValueError(
                "redis_url must hold no user and no password, settings are shown; "
                "use redis_user and redis_password_file"
            )
        if self.redis_url and not _REDIS_URL.fullmatch(self.redis_url):
            raise ValueError(
                "redis_url must be empty or like redis://10.0.0.5:6379, rediss://..., "
                "unix:///run/redis.sock, redis+sentinel://host:26379,host:26379/service "
                "or redis+cluster://host:6379,host:6379"
            )
        if self.redis_url and not self.key_file:
            raise ValueError("key_file must name the file with the cluster's key, the same on every node")
        self._check_files()
        if self.node_name and not _NODE_NAME.fullmatch(self.node_name):
            raise ValueError(
                f"node_name must be 1 to 40 lower-case letters, digits and hyphens, not {self.node_name!r}"
            )
        if self.public_url and not _ORIGIN.fullmatch(self.public_url):
            raise ValueError(f"public_url must be like https://n1.meet.example, not {self.public_url!r}")
        _check_range("room_max_members_per_node", self.room_max_members_per_node, 1, _COUNT_MAX)

    def _check_files(self) -> None:
        for key in ("redis_user", "redis_password_file", "redis_ca_file", "key_file"):
            if getattr(self, key):
                _check_text(key, getattr(self, key), 4096)
        if self.redis_password_file and self.redis_password_file == self.key_file:
            raise ValueError("redis_password_file must be another file than key_file: one secret for each")

    @property
    def is_on(self) -> bool:
        """Whether there may be other nodes."""
        return bool(self.redis_url)


class LogsConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much is written to standard error, and how."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"


class MetricsConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may read /metrics: networks in `allow`; nobody where it is empty."""

    allow: tuple[str, ...] = ("127.0.0.0/8", "::1/128")

    def __post_init__(self) -> None:
        read_networks("allow", self.allow)

    @property
    def networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """`allow`, read."""
        return read_networks("allow", self.allow)


TALK_ROOM: Final = RoomConfig(
    slug=RoomSlug("talk"),
    title="The talk room",
    about="Open all day and all night. Come in, sit down and listen; speak when you feel like it.",
)


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything an operator can set."""

    server: ServerConfig = msgspec.field(default_factory=ServerConfig)
    look: LookConfig = msgspec.field(default_factory=LookConfig)
    media: MediaConfig = msgspec.field(default_factory=MediaConfig)
    rooms: tuple[RoomConfig, ...] = (TALK_ROOM,)
    limits: LimitsConfig = msgspec.field(default_factory=LimitsConfig)
    store: StoreConfig = msgspec.field(default_factory=StoreConfig)
    cluster: ClusterConfig = msgspec.field(default_factory=ClusterConfig)
    logs: LogsConfig = msgspec.field(default_factory=LogsConfig)
    metrics: MetricsConfig = msgspec.field(default_factory=MetricsConfig)

    def __post_init__(self) -> None:
        if not self.rooms:
            raise ValueError("rooms must hold at least one [[rooms]] table, or be left out")
        slugs = [room.slug for room in self.rooms]
        twice = sorted({slug for slug in slugs if slugs.count(slug) > 1})
        if twice:
            raise ValueError(f"rooms: the slug {twice[0]!r} is used twice; every room needs its own")
