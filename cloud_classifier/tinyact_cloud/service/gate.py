"""Let requests in: who asks, whether there is room, and when nobody may come any more."""

import asyncio

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from .auth import TOKEN, Authorizer, Token
from .limits import AtOnce, Rate
from .operating import OPEN
from .problem import Problem
from .served import not_ready

MAX_BODY = 1 << 20
_PUBLIC = OPEN | {"/openapi.json"}
# What a request holds beside its body, in bytes, more or less.
_ITSELF = 16 << 10


class Gate:
    """Ask each request for a token before its body is read, and bound what is served at once."""

    def __init__(self, authorizer: Authorizer, rate: Rate) -> None:
        """Let in whom `authorizer` knows, as often as `rate` allows."""
        self._authorizer = authorizer
        self._rate = rate
        self._at_once = AtOnce()
        self._inside = 0
        self._left = asyncio.Event()
        self.closed = False

    def close(self) -> None:
        """Let nobody in any more."""
        self.closed = True

    async def emptied(self) -> None:
        """Return when all who are in have left."""
        while self._inside:
            self._left.clear()
            await self._left.wait()

    @web.middleware
    async def check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let a request pass, but for those to public pages: these hold no body."""
        if request.path in _PUBLIC:
            return await handler(request)
        if self.closed:
            raise not_ready()
        token = await self._token(request)
        size = self.enter(request, token)
        try:
            return await handler(request)
        finally:
            self.leave(token, size)

    def known(self, request: web.Request) -> Token | None:
        """Return whose request it is, None where that cannot be told at once."""
        return None if self.closed else self._authorizer.known(_offered(request))

    def enter(self, request: web.Request, token: Token) -> int:
        """Count a request of `token` in, until `leave` with the size that this returns.

        Raises Problem 429 when it is too much.
        """
        request[TOKEN] = token
        size = _size(request)
        self._rate.charge(token.name, size)
        self._at_once.enter(token.site, size + _ITSELF)
        self._inside += 1
        return size

    def leave(self, token: Token, size: int) -> None:
        """Count a request out."""
        self._at_once.leave(token.site, size + _ITSELF)
        self._inside -= 1
        if not self._inside:
            self._left.set()

    async def _token(self, request: web.Request) -> Token:
        """Return whose request it is. Raises Problem 401, 429 and DatabaseError."""
        self._inside += 1  # who is looked up will be answered, too
        try:
            token = await self._authorizer.find(_offered(request))
        finally:
            self._inside -= 1
            if not self._inside:
                self._left.set()
        if token is None:
            raise Problem(
                401,
                "Send a valid token as 'Authorization: Bearer <token>'; "
                "'tinyact-cloud token create NAME' makes one.",
                {"WWW-Authenticate": "Bearer"},
            )
        return token


def _offered(request: web.Request) -> str:
    """Return the token that a request offers, empty for none."""
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _size(request: web.Request) -> int:
    """Return what the body of a request may hold, in bytes."""
    if not request.body_exists:
        return 0
    length = request.content_length
    if length is None or hdrs.CONTENT_ENCODING in request.headers:
        return MAX_BODY  # nobody knows before it is read
    return min(length, MAX_BODY)
