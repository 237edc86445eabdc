"""A media end for servers that are full ICE agents: it answers their checks while it is being connected."""

import asyncio
from typing import Final

from aioice import stun

from tests.bots.media import MediaEnd

ICE_PWD: Final = "p" * 24  # at least 22 characters, RFC 8839 section 5.4

_STUN_LAST: Final = 3
_HANDSHAKE: Final = 22  # RFC 6347 section 4.1
_AGAIN_AFTER_S: Final = (0.03, 0.1, 0.3)


class AgentEnd(MediaEnd):
    """Answers checks (RFC 8445 section 7.3), which our own server, being lite, never sends.

    It leads, whoever made the offer: with the highest tie-breaker the other side gives way (section 7.3.1.1).
    """

    _is_greeted = False

    def take_lead(self) -> None:
        """To be said before `connect`."""
        self._tie_breaker = b"\xff" * 8

    def _send_datagram(self, datagram: bytes) -> None:
        """Send; the first greeting several times: a server may not listen yet when its ICE has said yes."""
        super()._send_datagram(datagram)
        if datagram[0] == _HANDSHAKE and not self._is_greeted:
            loop = asyncio.get_running_loop()
            for after_s in _AGAIN_AFTER_S:
                loop.call_later(after_s, self._greet_again, datagram)

    def _greet_again(self, datagram: bytes) -> None:
        if not self._is_greeted and self._socket.fileno() >= 0:
            super()._send_datagram(datagram)

    def _take_other(self, datagram: bytes, now_ns: int) -> None:
        if datagram[0] == _HANDSHAKE:
            self._is_greeted = True
        if datagram[0] <= _STUN_LAST:
            try:
                message = stun.parse_message(datagram)
            except ValueError:
                return
            if (message.message_method, message.message_class) == (stun.Method.BINDING, stun.Class.REQUEST):
                self._answer(message)
                return
        super()._take_other(datagram, now_ns)

    def _answer(self, check: stun.Message) -> None:
        answer = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, check.transaction_id)
        answer.attributes["XOR-MAPPED-ADDRESS"] = self.offered.candidates[0]
        answer.add_message_integrity(ICE_PWD.encode("ascii"))
        self._send_datagram(bytes(answer))
