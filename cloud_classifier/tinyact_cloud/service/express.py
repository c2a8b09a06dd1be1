"""Classify: nearly all requests are that, so they have a short way past the other middlewares.

A request whose token and head are in memory is answered in one step, and its answer is written
at once. All others, and all that goes wrong, takes the long way, with the same outcome.
"""

from email.utils import formatdate
from functools import lru_cache
import time

from aiohttp import HttpVersion11, hdrs, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.typedefs import Handler

from .answer import answer
from .auth import site_of
from .classify import CODECS, Codec, codec_for
from .gate import Gate
from .observe import HEADER, id_of
from .problem import problem_details
from .served import Sites

PATH = "/v1/classify"
# Bytes; a smaller body is usually here when its head is, and is then read in one step.
_SMALL = 1 << 16


class Express:
    """Both ways of a classify request: `classify` ends the long one, `hurry` is the short one."""

    def __init__(self, gate: Gate, sites: Sites) -> None:
        """Let requests in by `gate`, and answer them as `sites` are served."""
        self._gate = gate
        self._sites = sites

    async def classify(self, request: web.Request) -> web.StreamResponse:
        """Answer a request that was let in."""
        site = site_of(request)
        served = await self._sites.served(site)
        codec = _codec(request)
        return Answer(await answer(served, codec, await request.read(), site), codec.content_type)

    @web.middleware
    async def hurry(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Take the short way where there is one."""
        if request.path != PATH or request.method != "POST":
            return await handler(request)
        token = self._gate.known(request)
        served = self._sites.known(token.site) if token else None
        if token is None or served is None:
            return await handler(request)
        # Few steps, and few coroutines in each other: every one of them is felt here.
        try:
            size = self._gate.enter(request, token)
            try:
                codec, content = _codec(request), request.content
                whole = size < _SMALL and content.is_eof()
                body = content.read_nowait() if whole else await request.read()
                body = await answer(served, codec, body, token.site)
            finally:
                self._gate.leave(token, size)
        except Exception as error:  # noqa: BLE001 - the long way knows what becomes of it
            return await _refuse(request, error)
        return Answer(body, codec.content_type)


class Answer(web.StreamResponse):
    """A response that writes its head and body in one go.

    aiohttp's own takes longer to be written than its latent takes to be classified.
    """

    def __init__(self, body: bytes, content_type: str) -> None:
        """Answer 200 with `body`."""
        super().__init__()
        self._parts = (content_type, body)
        self._other: web.Response | None = None

    @property
    def keep_alive(self) -> bool | None:
        """Say whether the connection stays open; it does for all that are written here."""
        return self._other.keep_alive if self._other else True

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Write all of the response, or leave that to aiohttp where it has more to consider."""
        content_type, body = self._parts
        if request.version != HttpVersion11 or not request.keep_alive:
            self._other = web.Response(body=body, content_type=content_type)
            return await self._other.prepare(request)
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the client hung up")
        transport.write(
            f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
            f"Date: {_date(int(time.time()))}\r\n{HEADER}: {id_of(request)}\r\n\r\n".encode()
            + body
        )
        if transport.get_write_buffer_size():
            await request.writer.drain()
        return request.writer

    async def write_eof(self, data: bytes = b"") -> None:
        """End the response."""
        if self._other:
            await self._other.write_eof(data)


def _codec(request: web.Request) -> Codec:
    """Return the codec for what the request says it is. Raises Problem 415."""
    codec = CODECS.get(request.headers.get(hdrs.CONTENT_TYPE, ""))
    return codec or codec_for(request.content_type)  # with parameters, or another


async def _refuse(request: web.Request, error: Exception) -> web.StreamResponse:
    async def fail(_request: web.Request) -> web.StreamResponse:
        raise error

    return await problem_details(request, fail)


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    """Return the time as RFC 9110 writes it; a server that has a clock tells it (6.6.1)."""
    return formatdate(second, usegmt=True)
