"""The contract with the two libraries whose hooks we use: red when one of them moves."""

import inspect

import engineio
import socketio
from engineio.async_socket import AsyncSocket

from server.gateway.engine import Engine, Server, Socket
from server.gateway.outbox import Outbox
from tests.server.clock import FakeClock


def test_the_hooks_are_where_we_take_them() -> None:
    for owner, name in (
        (socketio.AsyncServer, "_engineio_server_class"),
        (socketio.AsyncServer, "_handle_connect"),
        (socketio.AsyncServer, "_handle_eio_connect"),
        (socketio.AsyncServer, "_handle_eio_disconnect"),
        (engineio.AsyncServer, "_trigger_event"),
        (engineio.AsyncServer, "generate_id"),
        (AsyncSocket, "send"),
    ):
        assert callable(getattr(owner, name)), name
    connect = inspect.signature(socketio.AsyncServer._handle_connect)
    assert list(connect.parameters) == ["self", "eio_sid", "namespace", "data"]


async def _never(*_: object) -> None:
    raise AssertionError


async def test_our_classes_take_the_libraries_places() -> None:
    server = Server(FakeClock(), _never, _never, lambda _code: None)
    assert isinstance(server.eio, Engine)
    assert issubclass(Socket, AsyncSocket)
    assert server.connections() == []
    assert not server.async_handlers
    assert server.eio.transports == ["websocket"]
    assert Outbox
