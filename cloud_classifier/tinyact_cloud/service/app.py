"""The routes of the classifier service (docs/classifier-api.md)."""

import asyncio
from collections.abc import AsyncIterator

from aiohttp import web

from tinyact_cloud import __version__
from tinyact_cloud.bundle import LATENT_SIZE

from .auth import Authorizer, site_of
from .changes import Changes
from .database import Database
from .express import PATH, Express
from .fitter import Fitter
from .gate import MAX_BODY, Gate
from .limits import RATE, Rate
from .metrics import Metrics, Readings
from .observe import observing, tell_id
from .openapi import document
from .operating import Operating
from .problem import problem_details
from .retention import keep_forgetting
from .served import Served, Sites
from .teaching import Teaching, for_scope


class Service:
    """The service: answers 503 until `served` is set."""

    def __init__(
        self,
        database: Database,
        *,
        metrics_public: bool = False,
        rate: float = RATE,
        keep_days: float | None = None,
    ) -> None:
        """Serve whoever has one of the tokens in `database`, and metrics to all if `public`.

        A token may ask for some `rate` latents a second. What was taught is kept for `keep_days`,
        None until it is deleted.
        """
        self._database = database
        self._keep_days = keep_days
        self.changes = Changes(database)
        self._sites = Sites(database, self.changes)
        self._gate = Gate(Authorizer(database, self.changes), Rate(rate))
        self._express = Express(self._gate, self._sites)
        self._fitter = Fitter(database, self.changes)
        self._teaching = Teaching(database, self.changes, self._sites, self._fitter)
        readings = Readings(
            cached=lambda: self._sites.cached,
            fits_ended=lambda: self._fitter.ended,
            database_errors=lambda: database.errors,
        )
        self._metrics = Metrics(readings)
        self._operating = Operating(
            database,
            self.changes,
            self._metrics,
            serving=lambda: self.served is not None and not self._gate.closed,
            metrics_public=metrics_public,
        )

    @property
    def served(self) -> Served | None:
        """What a site is served that was taught nothing; None while nothing can be served."""
        return self._sites.base

    @served.setter
    def served(self, served: Served | None) -> None:
        self._sites.base = served

    async def fit(self, base: Served) -> None:
        """Work on fits, on top of `base`, for ever. Cancelled, give them back."""
        await self._fitter.run(base)

    def stop(self) -> None:
        """Begin nothing more, and say so to whoever asks whether this is ready."""
        self._gate.close()

    async def drain(self) -> None:
        """Begin nothing more, and return when everything that was begun is answered."""
        self.stop()
        await self._gate.emptied()

    def app(self) -> web.Application:
        """Return the application."""
        app = web.Application(
            middlewares=[
                observing(self._metrics),
                self._express.hurry,
                problem_details,
                self._gate.check,
            ],
            client_max_size=MAX_BODY,
        )
        app.on_response_prepare.append(tell_id)
        app.cleanup_ctx.append(self._background)
        app.add_routes(
            [
                web.get("/openapi.json", self._openapi),
                web.get("/v1/model", self._model),
                web.get("/v1/model/head", self._head),
                web.post(PATH, self._express.classify),
                web.get("/v1/status", for_scope("teach", self._operating.site)),
                *self._operating.routes(),
                *self._teaching.routes(),
            ]
        )
        return app

    async def _background(self, _app: web.Application) -> AsyncIterator[None]:
        """Watch the database, and forget what is old, while the application runs."""
        tasks = [asyncio.create_task(self.changes.run())]
        if self._keep_days is not None:
            tasks.append(asyncio.create_task(keep_forgetting(self._database, self._keep_days)))
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._sites.close()

    async def _ready(self, request: web.Request) -> Served:
        return await self._sites.served(site_of(request))

    async def _openapi(self, _request: web.Request) -> web.Response:
        return web.json_response(document(__version__))

    async def _model(self, request: web.Request) -> web.Response:
        served = await self._ready(request)
        return web.json_response(
            {
                "name": served.bundle.name,
                "version": served.bundle.version,
                "encoder": served.bundle.encoder,
                "head": served.file.kind,
                "model": served.file.sha256,
                "temperature": served.file.temperature,
                "head_version": served.version,
                "labels": served.labels,
                "thresholds": dict(served.thresholds),
                "latent_size": LATENT_SIZE,
                "metrics": served.bundle.metrics,
            }
        )

    async def _head(self, request: web.Request) -> web.Response:
        file = (await self._ready(request)).file
        known = {tag.value for tag in request.if_none_match or ()}
        headers = {"ETag": f'"{file.sha256}"', "Cache-Control": "no-cache"}
        if known & {file.sha256, "*"}:
            return web.Response(status=304, headers=headers)
        return web.Response(
            body=file.content, headers=headers, content_type="application/octet-stream"
        )
