"""Headers that bind a browser to what the page needs (Content Security Policy Level 3, Trusted Types)."""

from collections.abc import Awaitable, Callable, Collection, Iterable
from http import HTTPStatus
from typing import Final

from aiohttp import hdrs, web

# Nothing inline, nothing from elsewhere. `blob:` media is a microphone check that plays back what it heard;
# `kit` is the page's only Trusted Types policy. connect-src 'self' covers the WebSocket of the same origin.
CONTENT_SECURITY_POLICY: Final = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "media-src 'self' blob:",
        "worker-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types kit",
    ]
)

SECURITY_HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}


async def add_security_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Put the headers on a response, pages and refusals alike; a signal of aiohttp calls this.

    Answers are not kept by caches unless they say so themselves. The switch to WebSocket
    gets none of it.
    """
    response.headers.pop(hdrs.SERVER, None)
    if response.status == HTTPStatus.SWITCHING_PROTOCOLS:
        return
    for name, text in SECURITY_HEADERS.items():
        response.headers.setdefault(name, text)
    response.headers.setdefault(hdrs.CACHE_CONTROL, "no-store")


# A year (RFC 6797). Subdomains are not ours to speak for.
STRICT_TRANSPORT: Final = "max-age=31536000"


def ask_for_tls(origins: Iterable[str]) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Return a signal that tells browsers to come by TLS only, where all that they write is `https`.

    Args:
        origins: how browsers write the place's address, as the operator says. None: nothing is told, for a
            certificate made here for tests is no promise. Browsers heed it over TLS alone (RFC 6797 8.1).
    """
    written = tuple(origins)
    is_told = bool(written) and all(origin.startswith("https://") for origin in written)

    async def ask(_request: web.Request, response: web.StreamResponse) -> None:
        if is_told and response.status != HTTPStatus.SWITCHING_PROTOCOLS:
            response.headers.setdefault("Strict-Transport-Security", STRICT_TRANSPORT)

    return ask


def policy_for_nodes(origins: Iterable[str]) -> str:
    """Return the policy that lets a page also reach these nodes, where it may be asked to move to."""
    sockets = [f"ws{origin.removeprefix('http')}" for origin in sorted(origins) if origin.startswith("http")]
    return CONTENT_SECURITY_POLICY.replace("connect-src 'self'", " ".join(["connect-src 'self'", *sockets]))


def allow_nodes(
    origins_of: Callable[[], Collection[str]],
) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Return a signal to be called before `add_security_headers`: nodes of now are in the policy of pages."""

    async def allow(_request: web.Request, response: web.StreamResponse) -> None:
        origins = origins_of()
        if origins and response.status != HTTPStatus.SWITCHING_PROTOCOLS:
            response.headers.setdefault("Content-Security-Policy", policy_for_nodes(origins))

    return allow
