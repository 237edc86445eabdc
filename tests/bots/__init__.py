"""Bots that join a room through the public protocol and measure what they hear.

    async with Bot.join("http://127.0.0.1:8080", "talk", "Ann") as ann:
        await ann.speak(hz=440)

They speak Socket.IO, ICE, DTLS and SRTP as a browser does, and know nothing of the server but its
messages. `python -m tests.bots --help` starts many of them.
"""

from tests.bots.bot import Bot
from tests.bots.swarm import Swarm, SwarmPlan

__all__ = ["Bot", "Swarm", "SwarmPlan"]
