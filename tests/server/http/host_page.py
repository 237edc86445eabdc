"""The page of hosts, as HTTP sees it."""

from http.cookies import SimpleCookie
from typing import Any, Final

import msgspec
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient

from server.http.host_api import HEADER
from tests.server.accounts.authenticator import Authenticator

TLS: Final = "https://meet.example"
LOCAL: Final = "http://localhost:8080"


class Browser:
    """Asks as the page does, from one origin, and keeps the cookie itself."""

    def __init__(self, client: TestClient[web.Request, web.Application], origin: str) -> None:
        self.client = client
        self.origin = origin
        self.device = Authenticator(origin)
        self.cookies: dict[str, str] = {}
        self.set_cookie = ""

    async def ask(self, path: str, **payload: Any) -> dict[str, Any]:  # noqa: ANN401 -- JSON
        response = await self._post(path, payload)
        assert response.status == 200, await response.text()
        assert response.content_type == "application/json"
        self.set_cookie = response.headers.get("Set-Cookie", "")
        self.cookies.update({name: one.value for name, one in SimpleCookie(self.set_cookie).items()})
        answer: dict[str, Any] = await response.json()
        return answer

    async def status(self, path: str, **payload: Any) -> int:  # noqa: ANN401 -- JSON
        return (await self._post(path, payload)).status

    async def status_of(self, path: str, body: bytes) -> int:
        return (await self._post_body(path, body)).status

    async def _post(self, path: str, payload: dict[str, Any]) -> ClientResponse:
        return await self._post_body(path, msgspec.json.encode(payload))

    async def _post_body(self, path: str, body: bytes) -> ClientResponse:
        headers = {"Origin": self.origin, HEADER: "1", "Content-Type": "application/json", **self._cookie()}
        return await self.client.post(f"/api/host/{path}", data=body, headers=headers)

    def _cookie(self) -> dict[str, str]:
        told = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": told} if told else {}

    async def enrol(self, secret: str) -> dict[str, Any]:
        begun = await self.ask("enrol/begin", secret=secret)
        made = self.device.create(begun)
        return await self.ask(
            "enrol/finish", secret=secret, challenge=begun["challenge"], label="Phone", credential=made
        )

    async def sign_in(self) -> dict[str, Any]:
        begun = await self.ask("sign_in/begin")
        return await self.ask(
            "sign_in/finish", challenge=begun["challenge"], credential=self.device.get(begun)
        )
