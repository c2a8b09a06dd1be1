"""What aiohttp itself can do: read a request's body, answer with so many bytes.

On asyncio's own loop, or on uvloop.
"""

import asyncio
import sys

from aiohttp import web
import uvloop

_ANSWER = bytes(int(sys.argv[2]))


async def _echo(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(body=_ANSWER, content_type="application/msgpack")


app = web.Application()
app.router.add_post("/v1/classify", _echo)
loop = uvloop.new_event_loop() if "uvloop" in sys.argv else asyncio.new_event_loop()
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, loop=loop)
