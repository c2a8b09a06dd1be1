"""What each site is served: the bundle's own head or one that it taught, and its marks."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
import hashlib
import logging
from pathlib import Path
from typing import Any, Self, TypeGuard

from cachetools import LRUCache
from sqlalchemy import Row, and_, select

from tinyact_cloud.bundle import Bundle, BundleError, HeadFile, HeadKind
from tinyact_cloud.learning.marks import Marks

from .batcher import Batcher
from .changes import INTERVAL, Changes
from .database import Database, DatabaseError, one
from .head import Head
from .marks import marks_by_camera, marks_of
from .problem import Problem
from .tables import heads, sites

# What the cached heads may take, in bytes; a session of ONNX Runtime takes some four times its
# file. A site that was taught nothing takes little and is remembered as well.
MAX_CACHED = 512 << 20
_HEAD_FACTOR = 4
_PLAIN = 512

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Served:
    """What is served: a head at work, and what its outputs mean.

    `version` is 0 for the bundle's own head; `marks` say, by camera, where it was wrong.
    """

    bundle: Bundle
    file: HeadFile
    batcher: Batcher
    labels: tuple[str, ...]
    thresholds: Mapping[str, float]
    version: int = 0
    marks: dict[str, Marks] = field(default_factory=dict)

    @classmethod
    def load(cls, bundle: Bundle, kind: HeadKind | None = None) -> Self:
        """Load the bundle's head of `kind`, by default its choice. Raises BundleError."""
        return cls.of(bundle, bundle.head(kind), bundle.labels, bundle.thresholds)

    @classmethod
    def of(
        cls,
        bundle: Bundle,
        file: HeadFile,
        labels: tuple[str, ...],
        thresholds: Mapping[str, float],
        version: int = 0,
    ) -> Self:
        """Load the head in `file`. Raises BundleError."""
        batcher = Batcher(Head(file, len(labels)).probabilities)
        return cls(bundle, file, batcher, labels, thresholds, version)


class Sites:
    """What each site is served: the bundle's own head, or the one that it taught last.

    A head that changed is loaded beside the one it replaces, which serves until then.
    """

    def __init__(self, database: Database, changes: Changes) -> None:
        """Read the sites of `database`, and again after `changes`. Set `base` before serving."""
        self._database = database
        self._base: Served | None = None
        # None for what is served the bundle's own.
        self._cache: LRUCache[str, Served | Problem | None] = LRUCache(MAX_CACHED, _size)
        self._loading: dict[str, asyncio.Task[Served | Problem | None]] = {}
        self._outdated: set[str] = set()
        changes.listen(self._reload)

    @property
    def base(self) -> Served | None:
        """What a site is served that was taught nothing; None while nothing can be served."""
        return self._base

    @base.setter
    def base(self, base: Served | None) -> None:
        self._base = base
        self._cache.clear()

    @property
    def cached(self) -> tuple[int, int]:
        """How many sites are in memory, and what their heads and marks take, in bytes."""
        return len(self._cache), int(self._cache.currsize)

    async def served(self, site: str) -> Served:
        """Return what `site` is served. Raises Problem 503 and DatabaseError."""
        if self._base is None:
            raise not_ready()
        found = self._cache[site] if site in self._cache else await self._load(site)
        if isinstance(found, Problem):
            raise found
        return found or self._base

    def known(self, site: str) -> Served | None:
        """Return what `site` is served if that is in memory and whole."""
        try:
            found = self._cache[site]
        except KeyError:
            return None
        return None if isinstance(found, Problem) else found or self._base

    async def settled(self, site: str) -> None:
        """Return when what changes told of `site` is served."""
        if task := self._loading.get(site):
            await asyncio.shield(task)

    async def close(self) -> None:
        """Load nothing more."""
        loading = list(self._loading.values())
        for task in loading:
            task.cancel()
        await asyncio.gather(*loading, return_exceptions=True)

    async def _load(self, site: str) -> Served | Problem | None:
        """Load what `site` is served, once for all who wait for it."""
        task = self._loading.get(site)
        if task is None:
            task = asyncio.create_task(self._read_until_current(site))
            self._loading[site] = task
            task.add_done_callback(partial(self._loaded, site))
        return await asyncio.shield(task)

    def _loaded(self, site: str, done: asyncio.Task[Served | Problem | None]) -> None:
        del self._loading[site]
        if done.cancelled():
            return
        error = done.exception()
        if error is None:
            self._cache[site] = done.result()
        elif not isinstance(error, DatabaseError):
            _LOGGER.error("what site %s is served cannot be loaded", site, exc_info=error)

    def _reload(self, names: Collection[str] | None) -> None:
        for site in {*self._cache, *self._loading} if names is None else names:
            if site in self._loading:
                self._outdated.add(site)
            elif site in self._cache:
                # Nobody waits for it, so nobody is told when it fails; `_read` goes on trying.
                task = asyncio.create_task(self._read_in_the_end(site))
                self._loading[site] = task
                task.add_done_callback(partial(self._loaded, site))

    async def _read_in_the_end(self, site: str) -> Served | Problem | None:
        while True:
            try:
                return await self._read_until_current(site)
            except DatabaseError:
                await asyncio.sleep(INTERVAL)

    async def _read_until_current(self, site: str) -> Served | Problem | None:
        while True:
            self._outdated.discard(site)
            found = await self._read(site)
            if site not in self._outdated:
                return found

    async def _read(self, site: str) -> Served | Problem | None:
        """Read what `site` is served; what cannot be served becomes the answer that says so."""
        try:
            head, rows = await self._read_head(site)
            marks = marks_by_camera(rows, head.labels)
        except Problem as problem:
            return problem
        if head is self._base and not marks:
            return None
        return replace(head, marks=marks)

    async def _read_head(self, site: str) -> tuple[Served, list[Row[Any]]]:
        """Return the head that `site` is served, and the rows of its marks. Raises Problem."""
        base = self._base
        if base is None:
            raise not_ready()
        wanted = and_(heads.c.site == sites.c.name, heads.c.version == sites.c.active)
        query = select(sites.c.active, *_KNOWN).outerjoin(heads, wanted)
        async with self._database.reading() as connection:
            row: Any = await one(connection, query.where(sites.c.name == site))
            marks = await marks_of(connection, site, base.bundle.encoder)
            # Who has no token, but asks by MQTT, is in no table before it is taught something.
            if row is None or row.active == 0:
                return base, marks
            if row.encoder is None:
                raise _damaged(site, row.active, "is missing")
            if row.encoder != base.bundle.encoder:
                _LOGGER.warning("site %s was taught with another encoder: teach it anew", site)
                return base, marks
            present = self._cache.get(site)
            if _is(present, row):
                return present, marks
            stored = select(heads.c.content).where(
                heads.c.site == site, heads.c.version == row.active
            )
            content = (await connection.execute(stored)).scalar_one()
        try:
            return await asyncio.to_thread(_served, base.bundle, row, content), marks
        except (BundleError, ValueError, TypeError) as error:
            _LOGGER.error("version %d of site %s: %s", row.active, site, error)  # noqa: TRY400
            raise _damaged(site, row.active, "is damaged") from error


def _is(present: Served | Problem | None, row: Row[Any]) -> TypeGuard[Served]:
    """Say whether the head at work is that of the row."""
    return (
        isinstance(present, Served)
        and present.version == row.active
        and present.file.sha256 == row.sha256
    )


_KNOWN = (
    heads.c.encoder,
    heads.c.kind,
    heads.c.labels,
    heads.c.temperature,
    heads.c.thresholds,
    heads.c.sha256,
)


def not_ready(reason: str = "The classifier is starting or stopping; try again.") -> Problem:
    """Return what is answered while there is nothing to serve."""
    return Problem(503, reason, {"Retry-After": "1"})


def _served(bundle: Bundle, row: Row[Any], content: bytes) -> Served:
    """Load the head of a row. Raises BundleError, ValueError or TypeError when it is damaged."""
    if hashlib.sha256(content).hexdigest() != row.sha256:
        raise ValueError("its content is not what was stored")
    file = HeadFile(
        kind=row.kind,
        path=Path(f"version {row.active}"),
        content=content,
        sha256=row.sha256,
        temperature=row.temperature,
    )
    labels = tuple(map(str, row.labels))
    thresholds = {**bundle.thresholds, **row.thresholds}
    return Served.of(bundle, file, labels, thresholds, row.active)


def _damaged(site: str, version: int, what: str) -> Problem:
    return Problem(
        503,
        f"Version {version} of what site {site} was taught {what} in the database. Activate "
        "another, POST /v1/heads/0/activate for the bundle's own, or restore a backup.",
    )


def _size(served: Served | Problem | None) -> int:
    if isinstance(served, Served):
        marks = sum(marks.directions.nbytes for marks in served.marks.values())
        head = _HEAD_FACTOR * len(served.file.content) if served.version else 0
        return _PLAIN + head + marks
    return _PLAIN
