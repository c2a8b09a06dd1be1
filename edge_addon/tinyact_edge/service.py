"""Run the edge as a service, from its options to a clean end."""

import asyncio
from contextlib import closing, suppress
import fcntl
from functools import partial
import logging
import os
from pathlib import Path
import signal

import aiohttp
from aiohttp import web

from .api import make_app
from .background import survive
from .bundle import load_bundle
from .classifier import Service
from .damage import set_aside
from .database import JournalDamagedError, JournalError
from .door import DOOR, allow_files, log_no_garbage
from .edge import VERSION, Edge
from .encoder import Encoder
from .journal import Journal
from .memory import give_back_now_and_then
from .options import Options
from .presence import Presence
from .reserve import Reserve
from .supervisor import supervisor_of
from .tokens import Tokens
from .view import view_of

_LOGGER = logging.getLogger(__name__)

# A home in which nothing happens forgets in time, too.
_FORGET_SECONDS = 3600.0


class ServiceStartError(Exception):
    """The service cannot start; the message says why and what to do."""


def run(options: Options) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises BundleError, PoseFilesError, JournalError or ServiceStartError when it cannot start.
    """
    logging.basicConfig(
        level=options.log_level.upper(), format="%(asctime)s %(levelname)s %(message)s"
    )
    log_no_garbage()
    allow_files()
    _keep_others_out(options.data)
    with closing(_open_journal(options)) as journal:
        asyncio.run(_serve(options, journal))


def _keep_others_out(folder: Path) -> None:
    """Refuse to start beside another edge in `folder`: each would end what goes on at the other.

    The lock ends with this process, however that ends. Raises ServiceStartError.
    """
    # What is wrong with the folder itself, the journal tells.
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            fcntl.flock(os.open(folder, os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ServiceStartError(
                f"Another edge runs with the folder {folder}. Stop that one, or choose another"
                " folder with --data."
            ) from error


def _open_journal(options: Options) -> Journal:
    """Open the journal, whatever has become of it. Raises JournalError.

    On a full disk with the room that was set aside; a damaged one makes way for a new one.
    """
    opened = partial(Journal, options.data, keep_latents_days=options.keep_latents_days)
    try:
        return opened()
    except JournalDamagedError:
        set_aside(options.data)
        return opened()
    except JournalError as error:
        if not error.wants_room or not Reserve(options.data).release():
            raise
        return opened()


async def _forget_old(journal: Journal) -> None:
    """Run until cancelled."""
    while True:
        await asyncio.sleep(_FORGET_SECONDS)
        # What the journal's trouble is, the recorder tells.
        with suppress(JournalError):
            await asyncio.to_thread(journal.forget_old)


async def _serve(options: Options, journal: Journal) -> None:
    bundle = load_bundle(options.bundle)
    view = view_of(bundle.clip)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with aiohttp.ClientSession() as session:
        service = None
        if options.classifier and options.classifier_token:
            service = Service(
                session, options.classifier, options.classifier_token, bundle.encoder_id
            )
        edge = Edge(bundle, journal, view, Encoder(bundle), service, options.keeping)
        app = make_app(edge)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=5)
        await edge.start(options.cameras)
        keeping_house = [
            asyncio.create_task(survive(app[DOOR].watch, runner)),
            asyncio.create_task(survive(give_back_now_and_then)),
            asyncio.create_task(survive(_forget_old, journal)),
        ]
        supervisor, presence = supervisor_of(session), None
        try:
            await runner.setup()
            await _listen(runner, options)
            presence = Presence(edge, options, runner.addresses[0][1], supervisor)
            presence.start()
            if not supervisor and not Tokens(journal).hashes():
                _LOGGER.warning(
                    "Nobody can connect yet: make a token with tinyact-edge token --data %s",
                    options.data,
                )
            await stop.wait()
            _LOGGER.info("Stopping")
        finally:
            # First, so that connected clients hear of the actions that end by it.
            await edge.stop()
            if presence is not None:
                await presence.stop()
            await runner.cleanup()
            for task in keeping_house:
                task.cancel()


async def _listen(runner: web.AppRunner, options: Options) -> None:
    try:
        await web.TCPSite(runner, options.host, options.port).start()
    except OSError as error:
        raise ServiceStartError(
            f"Cannot listen on {options.host} port {options.port}: {error.strerror}. Choose another"
            " with --host and --port, or stop what listens there."
        ) from error
    host, port = runner.addresses[0][:2]
    _LOGGER.info("TinyAct edge %s listens on http://%s:%s", VERSION, host, port)
