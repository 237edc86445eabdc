import errno
import socket

import pytest

from server.http.listening import USER_TIMEOUT_MS, ListenError, listen, say_why


def test_what_is_accepted_gives_up_on_silent_peers() -> None:
    (listening,) = listen("127.0.0.1", 0)
    with listening, socket.create_connection(listening.getsockname()), listening.accept()[0] as accepted:
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == USER_TIMEOUT_MS


def test_a_name_of_two_addresses_gets_one_port() -> None:
    sockets = listen("localhost", 0)
    try:
        assert len({sock.getsockname()[1] for sock in sockets}) == 1
    finally:
        for sock in sockets:
            sock.close()


def test_a_port_in_use_is_told() -> None:
    (first,) = listen("127.0.0.1", 0)
    with first:
        port = first.getsockname()[1]
        with pytest.raises(ListenError, match=rf"Port {port} at 127.0.0.1 is in use.*--port"):
            listen("127.0.0.1", port)


def test_addresses_of_others_are_told() -> None:
    with pytest.raises(ListenError, match=r"192.0.2.1 is not an address of this machine"):
        listen("192.0.2.1", 0)
    with pytest.raises(ListenError, match="not known here"):
        listen("no-such-host.invalid", 0)


def test_each_reason_has_its_remedy() -> None:
    assert "from 1024 on" in say_why(OSError(errno.EACCES, "denied"), "127.0.0.1", 80, "--port")
    assert "cannot be opened: denied" in say_why(OSError(errno.EACCES, "denied"), "127.0.0.1", 8080, "--port")
