"""What a node is made of, and how its parts hang together. The one place where they meet."""

import secrets
from collections import Counter
from collections.abc import Iterable
from typing import Final, NamedTuple

from aiohttp import web
from msgspec.structs import replace

from rooms.commands import OpenRoom
from rooms.ids import MeetingId, RoomSlug
from rooms.model import RoomSettings
from rooms.pace import Pace
from server.accounts.challenges import Challenges
from server.accounts.group_desk import GroupDesk
from server.accounts.host_desk import GroupRoom, HostDesk
from server.backbone import Backbone, backbone_series, make_backbone
from server.clock import SystemClock
from server.config import Config
from server.drain import WITHIN_MS as DRAIN_WITHIN_MS
from server.drain import Drain
from server.gateway.door import DoorLimits
from server.gateway.gateway import Gateway
from server.groups import GroupBook
from server.help_lines import HelpLines, read_help_lines
from server.host_needed import HostNeeded
from server.http.documents import add_document_routes
from server.http.exit_page import add_exit_route
from server.http.front_pages import FrontPages, Shown
from server.http.health import add_health_routes
from server.http.host_api import HostApi
from server.http.leave_api import add_leave_route
from server.http.metrics import add_metrics_route
from server.http.operator_api import OperatorApi
from server.http.origins import Origins
from server.http.pages import PageFolder, add_file_routes, find_page_folder
from server.http.peer_address import peer_address
from server.http.place import Place, add_place_routes, read_place
from server.http.refusals import BODY_MAX_BYTES, REFUSED, answer_in_words
from server.http.rendering import RENDERER, Renderer
from server.http.room_cards import add_appeal_route, add_room_cards_route, add_schedule_route
from server.http.security_headers import add_security_headers, allow_nodes, ask_for_tls
from server.load_gauge import LoadGauge
from server.lobby import Lobby
from server.loop_lag import LoopLag
from server.media.counts import PeerClosed
from server.media.plane import MediaPlane
from server.metrics import Metrics
from server.node_series import http_series, node_series, place_series
from server.operator_desk import OperatorDesk, Sources
from server.place_keys import open_challenge_key, open_devices, open_office
from server.ports import NodeState, Store
from server.presence import Presence
from server.room_service import RoomPlan, RoomService
from server.schedule.keeper import Keeper
from server.schedule.plan import on_duty
from server.schedule.timetable import Timetable
from server.seats import Seats
from server.signpost import Signpost
from server.store.sql_store import SqlStore
from server.tickets import TicketOffice
from server.version import version
from server.wanted_rooms import group_of, wanted_rooms

_MEETING_ID_BYTES: Final = 12  # never drawn twice


class Readiness:
    """Whether new members may come, and if not, why; the reasons are fixed words for /readyz."""

    def __init__(self) -> None:
        """A server that starts is not ready."""
        self.reasons: tuple[str, ...] = ("starting",)

    def say(self, *reasons: str) -> None:
        """Give the reasons of now; none at all means ready."""
        self.reasons = reasons


class Node(NamedTuple):
    """The parts of a node, made and not yet running."""

    config: Config
    backbone: Backbone
    page: PageFolder
    rooms: RoomService
    media: MediaPlane
    office: TicketOffice
    gateway: Gateway
    book: GroupBook
    host_needed: HostNeeded
    metrics: Metrics
    readiness: Readiness
    timetable: Timetable
    lobby: Lobby
    keeper: Keeper
    seats: Seats
    presence: Presence
    drain: Drain
    place: Place
    help_lines: HelpLines
    lag: LoopLag
    refused: Counter[str]


def make_node(config: Config, origins: Origins) -> Node:
    """Make the parts of a node; opens the data directory, no port.

    Raises:
        OSError: the data directory cannot be read or written, or Redis' password not read.
        ValueError: a key in the data directory is no key.
        ConfigError: the icon, the list of crisis lines or the cluster's key cannot be used.
    """
    clock = SystemClock()
    backbone = make_backbone(config, clock)
    timetable = Timetable({room.slug: room.planned() for room in config.rooms})
    rooms = RoomService(
        backbone.log,
        backbone.bus,
        clock,
        lambda slug: on_duty(timetable.series_of(slug), clock.wall_ms()),
    )
    config.server.data_path.mkdir(mode=0o700, parents=True, exist_ok=True)
    proxies = config.server.proxy_networks

    def on_peer_closed(closed: PeerClosed) -> None:
        gateway.on_media_closed(closed.room, closed.voice_id, closed.peer_id)

    def opening_for(slug: RoomSlug, left: RoomSettings | None) -> OpenRoom | None:
        plan = lobby.plan(slug)
        if plan is None:
            return None
        return OpenRoom(
            slug=slug,
            title=plan.title,
            about=plan.about,
            meeting_id=MeetingId(secrets.token_urlsafe(_MEETING_ID_BYTES)),
            settings=left or plan.settings,
            bans=book.bans_of(slug),
        )

    def own_state() -> NodeState:
        return replace(state, phase=presence.phase, rooms=seats.own())

    lobby = Lobby(rooms, timetable, clock)
    book = GroupBook(clock)
    host_needed = HostNeeded()
    lag = LoopLag(clock)
    refused: Counter[str] = Counter()
    media = MediaPlane(config.media.settings(), clock, on_peer_closed, backbone.voices)
    seats = Seats(clock, is_alone=not config.cluster.is_on)
    readiness = Readiness()
    office = open_office(config)
    gateway = Gateway(
        rooms,
        media,
        office,
        open_devices(config),
        book,
        clock,
        limits=DoorLimits(
            connections=config.limits.connections,
            connections_per_address=config.limits.connections_per_address,
            connects_per_s_per_address=config.limits.connects_per_s_per_address,
            connects_burst_per_address=config.limits.connects_burst_per_address,
        ),
        seats=seats,
        letters=backbone.letters,
        is_whole=lambda: not backbone.troubles,
        chat_pace=Pace(config.limits.chat_burst_per_member, config.limits.chat_per_s_per_member),
        signpost=Signpost(own_state, lambda: seats.others, config.cluster.room_max_members_per_node),
        is_allowed_origin=origins.is_allowed,
        address_of=lambda request: peer_address(request, proxies),
    )
    state = NodeState(
        name=backbone.name,
        epoch=0,
        public_url=config.cluster.public_url,
        capacity=config.limits.connections,
        version=version(),
        started_ms=clock.wall_ms(),
    )
    load = LoadGauge(media.counts(), media.qualities, lag, clock)
    presence = Presence(
        state, backbone.directory, seats, rooms, doors=gateway, lines=media, clock=clock, load=load.read
    )
    series = (
        *node_series(rooms, seats, host_needed, media, gateway, lag),
        *http_series(refused),
        *place_series(presence, seats),
        *backbone_series(backbone),
    )
    return Node(
        config=config,
        backbone=backbone,
        page=PageFolder(find_page_folder(), config.server.place_name),
        rooms=rooms,
        media=media,
        office=office,
        gateway=gateway,
        book=book,
        host_needed=host_needed,
        metrics=Metrics(series),
        readiness=readiness,
        timetable=timetable,
        lobby=lobby,
        keeper=Keeper(rooms, clock, timetable.series_of, opening_for),
        seats=seats,
        presence=presence,
        drain=Drain(
            rooms,
            doors=gateway,
            place=presence,
            others=lambda: seats.others,
            room_members_max=config.cluster.room_max_members_per_node,
            transports=lambda: media.counts().peers,
            say_not_ready=readiness.say,
            clock=clock,
        ),
        place=read_place(config),
        help_lines=read_help_lines(config.server.help_file),
        lag=lag,
        refused=refused,
    )


async def plan_rooms(config: Config, store: Store) -> tuple[RoomPlan, ...]:
    """Return every room there is, each with a new meeting and set as it was left.

    Raises:
        StoreError: the store does not answer.
    """
    settings = await store.settings()
    return tuple(
        RoomPlan(
            slug=room.slug,
            title=room.title,
            about=room.about,
            meeting_id=MeetingId(secrets.token_urlsafe(_MEETING_ID_BYTES)),
            settings=settings.get(room.slug, RoomSettings()),
        )
        for room in await wanted_rooms(config, store)
    )


async def group_rooms(config: Config, store: SqlStore) -> tuple[GroupRoom, ...]:
    """Return every room there is with its group; one without is a group by itself.

    Raises:
        StoreError: the store does not answer.
    """
    rooms = await wanted_rooms(config, store)
    return tuple(GroupRoom(room.slug, room.title, group_of(room)) for room in rooms)


async def read_groups(node: Node, store: SqlStore) -> None:
    """Let the node know whose rooms there are, and who may not come.

    Raises:
        StoreError: the store does not answer; everything is as it was.
    """
    rooms = await wanted_rooms(node.config, store)
    await node.book.read(store, {room.slug: group_of(room) for room in rooms})


def make_host_api(node: Node, store: SqlStore, origins: Origins) -> HostApi:
    """Make what answers hosts about their accounts and groups."""
    config = node.config
    desk = HostDesk(
        store.accounts,
        store,
        lambda: group_rooms(config, store),
        node.office,
        SystemClock(),
        place_name=config.server.place_name,
        challenges=Challenges(open_challenge_key(config), store.spent),
    )
    proxies = config.server.proxy_networks
    groups = GroupDesk(config, store, SystemClock(), node.keeper)
    return HostApi(desk, groups, origins, lambda request: peer_address(request, proxies))


def make_operator_api(node: Node, origins: Origins) -> OperatorApi:
    """Make what answers the operator's page."""
    clock, config = SystemClock(), node.config
    is_on = config.cluster.is_on

    def own() -> NodeState:
        if is_on:
            return node.presence.state()
        rooms = ((slug, node.rooms.open_room(slug)) for slug in node.rooms.slugs())
        held = {slug: dict.fromkeys(room.members, 0) for slug, room in rooms if room is not None}
        return replace(node.presence.state(), rooms=held)

    def title_of(slug: RoomSlug) -> str:
        plan = node.lobby.plan(slug)
        return plan.title if plan is not None else slug

    sources = Sources(
        own,
        lambda: node.seats.others,
        node.rooms,
        title_of,
        lambda: node.backbone.troubles,
        node.backbone.directory.ask_drain if is_on else None,
    )
    return OperatorApi(
        OperatorDesk(sources, clock, DRAIN_WITHIN_MS),
        lambda ticket: node.office.is_operator(ticket, clock.wall_ms()),
        origins,
        config.metrics.networks,
        config.server.proxy_networks,
    )


async def open_rooms(node: Node, plans: Iterable[RoomPlan]) -> None:
    """Let the node's parts follow these rooms besides others, and open a meeting where one is due."""
    node.lobby.add(plans)
    await node.rooms.add_rooms(plan.slug for plan in plans)
    node.gateway.add_rooms()
    node.keeper.follow()
    node.host_needed.follow(node.rooms)
    if node.config.cluster.is_on:
        node.presence.follow()
    await node.keeper.tick()


def _node_urls(node: Node) -> set[str]:
    """Where a page may be sent: to each node, also to the one that it came from by another address."""
    return {node.config.cluster.public_url, *(other.public_url for other in node.seats.others)} - {""}


def build_app(node: Node, hosts: HostApi, origins: Origins) -> web.Application:
    """Return everything that is served over HTTP."""
    proxies = node.config.server.proxy_networks
    app = web.Application(middlewares=[answer_in_words], client_max_size=BODY_MAX_BYTES)
    app[REFUSED] = node.refused
    app.on_response_prepare.append(allow_nodes(lambda: _node_urls(node)))
    app.on_response_prepare.append(ask_for_tls(node.config.server.origins))
    app.on_response_prepare.append(add_security_headers)
    node.gateway.add_routes(app)
    hosts.add_routes(app)
    make_operator_api(node, origins).add_routes(app)
    add_room_cards_route(app, node.lobby.cards)
    add_schedule_route(app, node.lobby.meetings)
    add_appeal_route(app, node.book.appeal_of)
    add_leave_route(app, origins.is_allowed, node.gateway.give_up)
    add_health_routes(
        app,
        leaving=lambda: (*node.readiness.reasons, *node.presence.troubles),
        waiting=lambda: node.backbone.troubles,
    )
    add_metrics_route(app, node.metrics, node.config.metrics.networks, proxies)
    add_exit_route(app, node.config.server.exit_url)
    place = node.place
    app[RENDERER] = Renderer(node.page, place.name, style_path=place.style_path, icon_path=place.icon_path)
    add_place_routes(app, place)
    add_document_routes(app, node.help_lines, place.contact, node.lobby.cards, SystemClock())
    FrontPages(
        Shown(
            node.lobby.cards,
            node.lobby.meetings,
            lambda slug, by_title: node.lobby.calendar(slug, "" if by_title else place.name),
            SystemClock(),
        )
    ).add_routes(app)
    add_file_routes(app, node.page)
    return app
