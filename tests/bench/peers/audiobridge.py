"""Debian's Janus with its audiobridge plugin, which decodes, mixes, and encodes for each listener."""

import random
import secrets
from typing import Final

from tests.bench.legs import Leg
from tests.bench.load import Kind
from tests.bench.peers.janus import Janus
from tests.bench.peers.sdp import read_description, write_description
from tests.bench.peers.space import ADDRESS
from tests.bench.services import PACKETS_PER_S, Turn

PLUGIN: Final = "janus.plugin.audiobridge"


class Audiobridge(Janus):
    """Made by `Audiobridge.open`. Everybody gets one mixed stream, all the time."""

    name = "audiobridge"
    remark = "Janus; decodes, mixes, encodes"
    plugin = PLUGIN
    kind = Kind.COUNTED

    async def enter(self, room: int, name: str, *, speaks: bool) -> list[Leg]:
        await self._room(room)
        handle = await self._attach()
        await self._tell(handle, {"request": "join", "room": room + 1, "display": name, "muted": not speaks})
        ufrag, ssrc = secrets.token_hex(4), random.getrandbits(31)
        offer = write_description(ufrag, self._certificate.sha256, ADDRESS, direction="sendrecv", ssrc=ssrc)
        answer = await self._tell(handle, {"request": "configure", "muted": not speaks}, ("offer", offer))
        end = self._open_end(read_description(answer["jsep"]["sdp"]), ufrag)
        end.speech.ssrc = ssrc
        await end.connect()
        return [Leg(end, end.offered.payload_type, end.offered.level_id, group=room)]

    async def _make_room(self, room: int) -> None:
        await self._tell(await self._attach(), {"request": "create", "room": room + 1})

    async def speak(self, seconds: float) -> Turn:
        turn = await super().speak(seconds)
        wanted = round(seconds * PACKETS_PER_S) * (self.size + self.shape.voices)
        return Turn(heard=turn.heard, cpu_ns=turn.cpu_ns, seconds=turn.seconds, wanted=wanted)
