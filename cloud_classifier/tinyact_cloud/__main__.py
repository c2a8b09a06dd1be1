"""The `tinyact-cloud` command."""

import argparse
import asyncio
from collections.abc import AsyncIterator
import contextlib
import gc
import logging
import os
from pathlib import Path
import signal
import socket
import sys
from typing import NoReturn

from aiohttp import web
import uvloop

from . import __version__
from .bundle import DEFAULT_BUNDLE, HEAD_KINDS, BundleError, load_bundle
from .service.app import Service
from .service.auth import (
    DEFAULT_SITE,
    SCOPES,
    TokenError,
    create_token,
    list_tokens,
    revoke_token,
    take_over,
)
from .service.backup import BackupError, back_up, restore
from .service.broker import Broker, BrokerError, read_password
from .service.database import Database, DatabaseError
from .service.fitter import can_fit
from .service.importing import ImportFileError, import_site
from .service.limits import RATE
from .service.logs import LOG_FORMATS, configure
from .service.served import Served
from .service.worker import Worker, WorkerError

_LOGGER = logging.getLogger(__name__)
# Seconds that what was begun gets when a stop is asked for, and then whoever lingers.
_DRAIN = 10.0
_CLOSE = 1.0
# To keep what was taught: a date before the first cannot be told.
_MOST_DAYS = 36_500


class ListenError(Exception):
    """An address that cannot be listened on; the message says what to do."""


# What the user has to do something about.
_USER_ERRORS = (
    BackupError,
    BrokerError,
    BundleError,
    DatabaseError,
    ImportFileError,
    ListenError,
    TokenError,
    WorkerError,
)


class _Parser(argparse.ArgumentParser):
    """An argument parser that complains in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see --help\n")


def main() -> None:
    """Run the command; exit with 2 and one line on stderr when the user has to do something."""
    args = _parser().parse_args()
    configure(getattr(args, "log_format", "text"))
    try:
        # Answers sooner than asyncio's own loop does: `script/bench cloud`.
        uvloop.run(args.run(args))
    except _USER_ERRORS as error:
        print(f"tinyact-cloud: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(2)


def _parser() -> argparse.ArgumentParser:
    data = _Parser(add_help=False)
    data.add_argument(
        "--data",
        type=Path,
        default=_default_data(),
        metavar="DIR",
        help="where the database is kept (%(default)s)",
    )
    data.add_argument(
        "--database",
        default=os.environ.get("TINYACT_DATABASE"),
        metavar="URL",
        help="use PostgreSQL, postgresql://USER:PASSWORD@HOST/NAME; also TINYACT_DATABASE, which "
        "shows the password to nobody",
    )
    parser = _Parser(prog="tinyact-cloud", description="Name actions from latents.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", parents=[data], help="run the service")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    serve.add_argument("--port", type=_port, default=8467, help="0 takes a free one (%(default)s)")
    serve.add_argument("--head", choices=HEAD_KINDS, help="the bundle's choice by default")
    serve.add_argument("--bundle", type=Path, default=DEFAULT_BUNDLE, metavar="DIR")
    serve.add_argument(
        "--log-format",
        choices=LOG_FORMATS,
        default=LOG_FORMATS[0],
        help="json writes an object a line (%(default)s)",
    )
    serve.add_argument(
        "--metrics-public",
        action="store_true",
        help="show /metrics to others than this machine, too",
    )
    serve.add_argument(
        "--rate",
        type=_positive,
        default=RATE,
        metavar="N",
        help="latents a second that one token may ask for, more or less (%(default).0f)",
    )
    serve.add_argument(
        "--keep-days",
        type=_days,
        metavar="N",
        help="forget examples and marks after so many days (kept until they are deleted)",
    )
    serve.set_defaults(run=_serve)

    worker = commands.add_parser("worker", parents=[data], help="answer what comes by MQTT")
    worker.add_argument(
        "--mqtt", required=True, metavar="URL", help="mqtt://[USER@]HOST[:PORT], mqtts:// for TLS"
    )
    worker.add_argument(
        "--password-file", type=Path, metavar="FILE", help="the user's; or TINYACT_MQTT_PASSWORD"
    )
    worker.add_argument("--ca", type=Path, metavar="FILE", help="trust these authorities only")
    worker.add_argument("--cert", type=Path, metavar="FILE", help="this worker's certificate")
    worker.add_argument("--key", type=Path, metavar="FILE", help="its key, if not in --cert")
    worker.add_argument(
        "--name", default=socket.gethostname(), help="no two workers may share one (%(default)s)"
    )
    worker.add_argument("--head", choices=HEAD_KINDS, help="the bundle's choice by default")
    worker.add_argument("--bundle", type=Path, default=DEFAULT_BUNDLE, metavar="DIR")
    worker.set_defaults(run=_worker)

    backup = commands.add_parser("backup", parents=[data], help="copy the database, in use or not")
    backup.add_argument("file", type=Path)
    backup.set_defaults(run=_back_up)
    restoring = commands.add_parser("restore", parents=[data], help="put such a copy back")
    restoring.add_argument("file", type=Path)
    restoring.set_defaults(run=_restore)

    importing = commands.add_parser("import", parents=[data], help="take in what a site exported")
    importing.add_argument("file", type=Path, help="what GET /v1/site/export gave")
    importing.add_argument("--site", default=DEFAULT_SITE, help="whose it shall be (%(default)s)")
    importing.set_defaults(run=_import)

    token = commands.add_parser("token", help="make, list and revoke tokens")
    actions = token.add_subparsers(required=True, metavar="ACTION")
    create = actions.add_parser("create", parents=[data], help="make a token and print it")
    create.add_argument("name")
    create.add_argument(
        "--site",
        default=DEFAULT_SITE,
        help="whose token: what a site teaches is served to its own tokens (%(default)s)",
    )
    create.add_argument(
        "--scope",
        choices=SCOPES,
        default=SCOPES[-1],
        help="classify only, teach as well, or erase and export the site, too (%(default)s)",
    )
    create.set_defaults(run=_create_token)
    listing = actions.add_parser("list", parents=[data], help="list the tokens' names")
    listing.set_defaults(run=_list_tokens)
    revoke = actions.add_parser("revoke", parents=[data], help="make a token invalid at once")
    revoke.add_argument("name")
    revoke.set_defaults(run=_revoke_token)
    return parser


def _default_data() -> Path:
    """Return the user's data folder (XDG Base Directory Specification)."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "tinyact-cloud"


def _positive(text: str) -> float:
    number = 0.0
    with contextlib.suppress(ValueError):
        number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not usable: choose a number above 0")
    return number


def _days(text: str) -> float:
    number = _positive(text)
    if number > _MOST_DAYS:
        raise argparse.ArgumentTypeError(
            f"{text!r} is longer than a lifetime: choose up to {_MOST_DAYS}, or leave it out"
        )
    return number


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:  # noqa: PLR2004
        raise argparse.ArgumentTypeError(f"{text!r} is no port: choose 0 to 65535")
    return int(text)


@contextlib.asynccontextmanager
async def _database(args: argparse.Namespace) -> AsyncIterator[Database]:
    """Open the database, with the tokens of an earlier version in it."""
    database = await Database.open(args.data, args.database)
    try:
        await take_over(database, args.data)
        yield database
    finally:
        await database.close()


async def _create_token(args: argparse.Namespace) -> None:
    async with _database(args) as database:
        print(await create_token(database, args.name, args.site, args.scope))  # noqa: T201


async def _list_tokens(args: argparse.Namespace) -> None:
    async with _database(args) as database:
        for token in await list_tokens(database):
            print(f"{token.created_at}  {token.site}  {token.scope}  {token.name}")  # noqa: T201


async def _revoke_token(args: argparse.Namespace) -> None:
    async with _database(args) as database:
        await revoke_token(database, args.name)


def _stop_signal() -> asyncio.Event:
    """Return an event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def _worker(args: argparse.Namespace) -> None:
    """Answer by MQTT until SIGTERM or SIGINT, then what is left."""
    stop = _stop_signal()
    broker = Broker.of(
        args.mqtt,
        password=read_password(args.password_file),
        ca=args.ca,
        certificate=args.cert,
        key=args.key,
    )
    async with _database(args) as database:
        bundle = await asyncio.to_thread(load_bundle, args.bundle)
        served = await asyncio.to_thread(Served.load, bundle, args.head)
        await Worker(database, served, broker, args.name).run(stop)


async def _back_up(args: argparse.Namespace) -> None:
    _refuse_postgresql(args, "pg_dump")
    await asyncio.to_thread(back_up, args.data, args.file)


async def _restore(args: argparse.Namespace) -> None:
    _refuse_postgresql(args, "pg_restore")
    await restore(args.data, args.file)


async def _import(args: argparse.Namespace) -> None:
    async with _database(args) as database:
        new = await import_site(database, args.site, args.file)
    counts = ", ".join(f"{what} {count}" for what, count in new.items())
    print(f"New in {args.site}: {counts}. POST /v1/fit makes a head of them.")  # noqa: T201


def _refuse_postgresql(args: argparse.Namespace, program: str) -> None:
    if args.database:
        raise BackupError(f"This is for SQLite. Use {program} with PostgreSQL.")


async def _serve(args: argparse.Namespace) -> None:
    """Serve until SIGTERM or SIGINT, then answer what was begun."""
    stop = _stop_signal()
    async with _database(args) as database:
        await _serve_with(database, args, stop)


async def _serve_with(database: Database, args: argparse.Namespace, stop: asyncio.Event) -> None:
    service = Service(
        database,
        metrics_public=args.metrics_public,
        rate=args.rate,
        keep_days=args.keep_days,
    )
    runner = web.AppRunner(service.app(), access_log=None, shutdown_timeout=_CLOSE)
    await runner.setup()
    try:
        site = await _listen(runner, args.host, args.port)
        bundle = await asyncio.to_thread(load_bundle, args.bundle)
        base = service.served = await asyncio.to_thread(Served.load, bundle, args.head)
        if not await list_tokens(database):
            _LOGGER.warning("nobody has a token yet: tinyact-cloud token create NAME")
        # What is here stays: looking through it again would only hold up requests. And those that
        # wait together hold many objects that all go soon: by default they would set off a search.
        gc.collect()
        gc.freeze()
        gc.set_threshold(10_000)
        print(f"listening on {site.name}", flush=True)  # noqa: T201
        async with _fitting(service, base):
            await stop.wait()
            service.stop()
            _LOGGER.info("stopping")
        # aiohttp's own shutdown drops bodies that are still on their way.
        await site.stop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_DRAIN):
                await service.drain()
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def _fitting(service: Service, base: Served) -> AsyncIterator[None]:
    """Work on fits meanwhile, if what that needs is installed."""
    if not can_fit():
        _LOGGER.warning("nobody can teach: pip install 'tinyact-cloud[learn]'")
        yield
        return
    fitting = asyncio.create_task(service.fit(base))
    try:
        yield
    finally:
        fitting.cancel()
        await asyncio.wait([fitting])


async def _listen(runner: web.AppRunner, host: str, port: int) -> web.TCPSite:
    site = web.TCPSite(runner, host, port)
    try:
        await site.start()
    except OSError as error:
        raise ListenError(
            f"Cannot listen on {site.name}: {error.strerror}. Choose another --host or --port."
        ) from error
    return site


if __name__ == "__main__":
    main()
