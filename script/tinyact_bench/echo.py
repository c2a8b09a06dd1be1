"""What aiohttp itself can do: read a request's body, answer with so many bytes."""

import sys

from aiohttp import web

_ANSWER = bytes(int(sys.argv[2]))


async def _echo(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(body=_ANSWER, content_type="application/msgpack")


app = web.Application()
app.router.add_post("/v1/classify", _echo)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None)
