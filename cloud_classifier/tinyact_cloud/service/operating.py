"""The routes for whoever runs the service: does it live, how busy is it, what was taught."""

from collections.abc import Callable

from aiohttp import web

from . import jobs, status
from .changes import Changes
from .database import Database, DatabaseError
from .metrics import Metrics, check_reader
from .served import not_ready

# What asks for no token: none of it tells of a home.
OPEN = frozenset({"/", "/healthz", "/readyz", "/metrics"})

# Seconds; the database is asked once a second anyway (changes.py), so a probe costs it nothing.
_SILENT = 10.0


class Operating:
    """Liveness, readiness, metrics, and the status page."""

    def __init__(
        self,
        database: Database,
        changes: Changes,
        metrics: Metrics,
        *,
        serving: Callable[[], bool],
        metrics_public: bool,
    ) -> None:
        """Tell of `metrics`, and whether the service is `serving` and `changes` are noticed."""
        self._database = database
        self._changes = changes
        self._metrics = metrics
        self._serving = serving
        self._metrics_public = metrics_public

    def routes(self) -> list[web.RouteDef]:
        """Return the routes that ask for no token, those in `OPEN`."""
        return [
            web.get("/", self._page),
            web.get("/healthz", self._health),
            web.get("/readyz", self._readiness),
            web.get("/metrics", self._show_metrics),
        ]

    async def site(self, request: web.Request) -> web.Response:
        """Answer what the site of the request has."""
        return web.json_response(await status.site_status(self._database, request))

    async def _page(self, request: web.Request) -> web.Response:
        return status.page(request)

    async def _health(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _readiness(self, _request: web.Request) -> web.Response:
        if not self._serving():
            raise not_ready()
        if self._changes.age > _SILENT:
            raise not_ready("The classifier's database does not answer.")
        return web.json_response({"status": "ok"})

    async def _show_metrics(self, request: web.Request) -> web.Response:
        check_reader(request, public=self._metrics_public)
        try:
            fits = await jobs.count_open(self._database)
        except DatabaseError:  # counted, and no reason to show nothing
            fits = None
        return self._metrics.exposition(fits)
