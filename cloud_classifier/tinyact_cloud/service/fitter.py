"""Work on the fits that were asked for, one at a time in each replica."""

import asyncio
from collections import Counter
import contextlib
import importlib.util
import logging
from typing import Any
from uuid import uuid4

from sqlalchemy import Row

from tinyact_cloud.bundle import HeadKind

from . import jobs
from .changes import INTERVAL, Changes
from .database import Database, DatabaseError
from .examples import check_rows, examples_to_learn
from .fitting import FitError, fit, task_of
from .history import commit_head
from .jobs import Claim
from .served import Served

_LOGGER = logging.getLogger(__name__)


def can_fit() -> bool:
    """Say whether what fitting needs, the `learn` extra, is installed."""
    return all(importlib.util.find_spec(name) for name in ("sklearn", "xgboost", "onnx"))


class Fitter:
    """A worker: claims jobs, fits in a process of its own, and commits what that gives."""

    def __init__(self, database: Database, changes: Changes) -> None:
        """Work on the jobs in `database`; look for `changes` after each."""
        self._database = database
        self._changes = changes
        self._worker = uuid4()
        self._wake = asyncio.Event()
        # How many fits ended here, by how: lost are those whose work another has to do again.
        self.ended = Counter(done=0, failed=0, lost=0)

    def wake(self) -> None:
        """Look for jobs now: one was asked for here."""
        self._wake.set()

    async def run(self, base: Served) -> None:
        """Work for ever, on top of the head of `base`. Cancelled, give the job back."""
        while True:
            self._wake.clear()
            try:
                held = await jobs.claim(self._database, self._worker)
            except DatabaseError:  # Changes says so
                held = None
            except Exception:
                _LOGGER.exception("no fit can be taken up")
                held = None
            if held is not None:
                await self._work(held, base)
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(INTERVAL):
                    await self._wake.wait()

    async def _work(self, held: Claim, base: Served) -> None:
        _LOGGER.info("fitting for site %s, try %d", held.site, held.attempt)
        fitting = asyncio.create_task(self._fit(held, base))
        beating = asyncio.create_task(self._beat(held, fitting))
        try:
            await asyncio.wait([fitting])
        except asyncio.CancelledError:
            fitting.cancel()
            await asyncio.wait([fitting])
            with contextlib.suppress(DatabaseError):  # then the lease ends by itself
                await jobs.release(self._database, held)
            raise
        finally:
            beating.cancel()
        if not fitting.cancelled() and (error := fitting.exception()):
            _LOGGER.error("fitting for site %s failed", held.site, exc_info=error)

    async def _beat(self, held: Claim, fitting: asyncio.Task[None]) -> None:
        """Renew the lease for as long as the fit runs; stop the fit when the job is gone."""
        while True:
            await asyncio.sleep(jobs.BEAT)
            with contextlib.suppress(DatabaseError):
                if not await jobs.renew(self._database, held):
                    _LOGGER.warning("the fit for site %s was taken away", held.site)
                    fitting.cancel()
                    return

    async def _fit(self, held: Claim, base: Served) -> None:
        try:
            rows = await examples_to_learn(self._database, held.site, base.bundle.encoder)
            await self._fit_to(rows, held, base)
        except DatabaseError as error:  # the lease ends, and the job is tried again
            self.ended["lost"] += 1
            _LOGGER.warning("what was fitted for site %s is lost: %s", held.site, error)
        else:
            with contextlib.suppress(DatabaseError):
                await self._changes.look()

    async def _fit_to(self, rows: list[Row[Any]], held: Claim, base: Served) -> None:
        """Fit and commit, or say why there is nothing to commit. Raises DatabaseError."""
        try:
            head, report = await fit(_task(rows, base, held.kind))
        except FitError as error:
            # What is said of what was taught names labels, and those are the household's.
            why = error.reason["code"] if error.reason else error
            _LOGGER.warning("the fit for site %s gave no head: %s", held.site, why)
            if error.final:
                await jobs.fail(self._database, held, str(error), error.reason)
            else:
                await jobs.retry(self._database, held)
            self.ended["failed" if error.final else "lost"] += 1
            return
        version = await commit_head(self._database, held, base.bundle.encoder, head, report)
        if version is None:
            self.ended["lost"] += 1
            _LOGGER.warning("the fit for site %s was taken away", held.site)
        else:
            self.ended["done"] += 1
            _LOGGER.info("the fit for site %s gave version %d", held.site, version)


def _task(rows: list[Row[Any]], base: Served, kind: HeadKind | None) -> dict[str, Any]:
    """Return what there is to learn, and by which kind of head.

    Raises FitError when it is nothing, or damaged.
    """
    if not rows:
        raise FitError(
            "Nothing was taught yet: POST /v1/examples first.",
            final=True,
            reason={"code": "nothing_taught", "params": {}},
        )
    try:
        check_rows(rows)
    except ValueError as error:
        raise FitError(str(error), final=True) from error
    return task_of(
        base.bundle.folder,
        base.bundle.encoder,
        base.file.kind,
        kind,
        b"".join(row.latent for row in rows),
        [row.scale for row in rows],
        [(row.variants or b"", row.variants_scale or 1.0) for row in rows],
        [row.label for row in rows],
        [row.wrong for row in rows],
        [row.group or _moment(row) for row in rows],
    )


def _moment(row: Row[Any]) -> str:
    """Return what must not be on both sides of a split: a camera's minute, else the row itself."""
    return f"{row.camera or ''} {row.at[:16]}" if row.at else str(row.id)
