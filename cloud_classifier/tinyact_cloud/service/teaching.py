"""The routes by which a site teaches (docs/classifier-api.md)."""

from uuid import UUID

from aiohttp import web
from aiohttp.typedefs import Handler

from . import jobs
from .auth import TOKEN, Scope, site_of
from .belongings import erase_site, export_site
from .changes import Changes
from .database import Database
from .examples import EXAMPLES, MAX_PAGE, list_examples
from .fitter import Fitter, can_fit
from .history import activate, list_heads
from .items import MAX_CAMERA, MAX_LABEL, check_encoder, read_kind, read_text
from .marks import MARKS, list_marks
from .problem import Problem
from .served import Served, Sites, not_ready

_PAGE = 50
# What fits every column of numbers.
_MAX_NUMBER = 2**31 - 1


class Teaching:
    """Examples, fits and the heads that they give, and marks, of the site whose token asks."""

    def __init__(self, database: Database, changes: Changes, sites: Sites, fitter: Fitter) -> None:
        """Answer from `database`; what a request changes, `changes` notices at once."""
        self._database = database
        self._changes = changes
        self._sites = sites
        self._fitter = fitter

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.post("/v1/examples", for_scope("teach", self._add_examples)),
            web.get("/v1/examples", for_scope("teach", self._list_examples)),
            web.delete("/v1/examples/{id}", for_scope("teach", self._remove_example)),
            web.post("/v1/fit", for_scope("teach", self._fit)),
            web.get("/v1/jobs/{id}", for_scope("teach", self._job)),
            web.get("/v1/heads", for_scope("teach", self._list_heads)),
            web.post("/v1/heads/{version}/activate", for_scope("teach", self._activate)),
            web.post("/v1/marks", for_scope("teach", self._add_marks)),
            web.get("/v1/marks", for_scope("classify", self._list_marks)),
            web.delete("/v1/marks/{id}", for_scope("teach", self._remove_mark)),
            web.get("/v1/site/export", for_scope("admin", self._export), allow_head=False),
            web.delete("/v1/site", for_scope("admin", self._erase)),
        ]

    async def _add_examples(self, request: web.Request) -> web.Response:
        base = self._base()
        encoder, rows = await EXAMPLES.read_request(request)
        check_encoder(encoder, base.bundle.encoder)
        stored, total = await EXAMPLES.store(self._database, site_of(request), encoder, rows)
        return web.json_response({"stored": stored, "total": total})

    async def _list_examples(self, request: web.Request) -> web.Response:
        query = request.query
        label, camera = (
            read_text(query[key], key, longest) if key in query else None
            for key, longest in (("label", MAX_LABEL), ("camera", MAX_CAMERA))
        )
        found, following = await list_examples(
            self._database,
            site_of(request),
            label=label,
            camera=camera,
            before=_number(query["before"], "before", _MAX_NUMBER) if "before" in query else None,
            limit=_number(query.get("limit", str(_PAGE)), "limit", MAX_PAGE),
        )
        return web.json_response({"examples": found, "next": following})

    async def _remove_example(self, request: web.Request) -> web.Response:
        example = _id(request)
        if not await EXAMPLES.remove(self._database, site_of(request), example):
            raise Problem(404, f"There is no example {example}. GET /v1/examples lists them.")
        return web.Response(status=204)

    async def _fit(self, request: web.Request) -> web.Response:
        self._base()
        if not can_fit():
            raise Problem(
                503, "This classifier cannot fit heads: pip install 'tinyact-cloud[learn]'."
            )
        job = await jobs.ask(self._database, site_of(request), await read_kind(request))
        self._fitter.wake()
        return web.json_response(job, status=202, headers={"Location": f"/v1/jobs/{job['id']}"})

    async def _job(self, request: web.Request) -> web.Response:
        wanted = _id(request)
        job = await jobs.find(self._database, site_of(request), wanted)
        if job is None:
            raise Problem(404, f"There is no job {wanted}; old ones are forgotten.")
        if job["state"] == "done":  # who is told so may rely on it
            await self._notice(request)
        return web.json_response(job)

    async def _list_heads(self, request: web.Request) -> web.Response:
        found = await list_heads(self._database, site_of(request), self._base())
        return web.json_response({"heads": found})

    async def _activate(self, request: web.Request) -> web.Response:
        base, site = self._base(), site_of(request)
        version = request.match_info["version"]
        if not version.isdecimal() or not version.isascii() or int(version) > _MAX_NUMBER:
            raise Problem(404, "There is no such version. GET /v1/heads lists them.")
        await activate(self._database, site, int(version), base)
        await self._notice(request)
        (active,) = (h for h in await list_heads(self._database, site, base) if h["active"])
        return web.json_response(active)

    async def _add_marks(self, request: web.Request) -> web.Response:
        base = self._base()
        encoder, rows = await MARKS.read_request(request)
        check_encoder(encoder, base.bundle.encoder)
        stored, total = await MARKS.store(self._database, site_of(request), encoder, rows)
        await self._notice(request)
        return web.json_response({"stored": stored, "total": total})

    async def _list_marks(self, request: web.Request) -> web.Response:
        encoder = self._base().bundle.encoder
        known = {tag.value for tag in request.if_none_match or ()}
        tag, found = await list_marks(self._database, site_of(request), encoder, known)
        headers = {"ETag": f'"{tag}"', "Cache-Control": "no-cache"}
        if found is None:
            return web.Response(status=304, headers=headers)
        return web.json_response({"encoder": encoder, "marks": found}, headers=headers)

    async def _remove_mark(self, request: web.Request) -> web.Response:
        mark = _id(request)
        if not await MARKS.remove(self._database, site_of(request), mark):
            raise Problem(404, f"There is no mark {mark}. GET /v1/marks lists them.")
        await self._notice(request)
        return web.Response(status=204)

    async def _export(self, request: web.Request) -> web.StreamResponse:
        site = site_of(request)
        response = web.StreamResponse()
        response.content_type = "application/x-ndjson"
        response.headers["Content-Disposition"] = f'attachment; filename="{site}.ndjson"'
        lines = export_site(self._database, site)
        first = await anext(lines)
        await response.prepare(request)
        await response.write(first)
        async for line in lines:
            await response.write(line)
        await response.write_eof()
        return response

    async def _erase(self, request: web.Request) -> web.Response:
        erased = await erase_site(self._database, site_of(request))
        await self._notice(request)
        return web.json_response(erased)

    async def _notice(self, request: web.Request) -> None:
        """Return when this replica serves what was changed."""
        await self._changes.look()
        await self._sites.settled(site_of(request))

    def _base(self) -> Served:
        if self._sites.base is None:
            raise not_ready()
        return self._sites.base


def for_scope(scope: Scope, handler: Handler) -> Handler:
    """Return `handler` for tokens of `scope` only."""

    async def checked(request: web.Request) -> web.StreamResponse:
        token = request[TOKEN]
        if not token.may(scope):
            raise Problem(
                403,
                f"This token may {token.scope} only; 'tinyact-cloud token create NAME --scope "
                f"{scope}' makes one that may do this.",
            )
        return await handler(request)

    return checked


def _id(request: web.Request) -> UUID:
    """Return the id in the path. Raises Problem 404: what is none belongs to nothing."""
    try:
        return UUID(request.match_info["id"])
    except ValueError:
        raise Problem(404, "There is nothing of this id: it is no UUID.") from None


def _number(text: str, where: str, largest: int) -> int:
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text[:20]) <= largest:
        raise Problem(422, f"{where} must be a number from 1 to {largest}.")
    return int(text)
