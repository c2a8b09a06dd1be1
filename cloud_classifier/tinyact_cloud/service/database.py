"""The database: SQLite in a folder, or PostgreSQL, the same to all who use it.

SQLite runs in WAL mode with synchronous=FULL: what was answered as stored survives a power cut.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from functools import partial
import logging
from pathlib import Path
import time
from typing import Any, Self

import aiosqlite
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import (
    URL,
    Connection,
    Executable,
    Insert,
    Table,
    event,
    func,
    make_url,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

FILE_NAME = "tinyact.sqlite3"

# Seconds: to connect, for another to let go of what one waits for, and for one statement.
_CONNECT = 5
_WAIT = 10
_STATEMENT = 30
# What PostgreSQL's advisory lock is on, while the tables are brought up to date.
_MIGRATION_LOCK = 0x7469_6E79  # "tiny"
# Mistakes in a statement, not failures of the database.
_MISTAKES = (IntegrityError, DataError, ProgrammingError)


class DatabaseError(Exception):
    """The database cannot be used; the message says what to do, and holds no password."""


class Database:
    """Connections to one database; `open` makes one."""

    def __init__(self, engine: AsyncEngine, name: str) -> None:
        """Use `engine`; `name` is what people are told when it fails."""
        self._engine = engine
        self._name = name
        # How often it could not be used.
        self.errors = 0
        if engine.dialect.name == "sqlite":
            event.listen(engine.sync_engine, "connect", _configure_sqlite)
            event.listen(engine.sync_engine, "begin", _begin_sqlite)

    @classmethod
    async def open(cls, folder: Path, url: str | None = None) -> Self:
        """Open the database at `url`, by default a file in `folder`; bring its tables up to date.

        Several processes may open one database at once, also a new one. Raises DatabaseError.
        """
        database = cls(*(_postgresql(url) if url else _sqlite(folder)))
        try:
            async with database.writing() as connection:
                if connection.dialect.name == "postgresql":
                    await connection.execute(select(func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
                await connection.run_sync(_upgrade)
        except CommandError as error:
            await database.close()
            raise DatabaseError(
                f"{database} was written by a newer version. Update tinyact-cloud."
            ) from error
        except BaseException:
            await database.close()
            raise
        return database

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()

    def __str__(self) -> str:
        """Return what people call it, without its password."""
        return self._name

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Yield a connection that sees the database of one moment. Raises DatabaseError."""
        with self._explained():
            async with self._engine.connect() as connection:
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Yield a connection; commit when the block ends, roll back when it raises.

        Raises DatabaseError.
        """
        with self._explained():
            async with self._engine.connect() as connection:
                await connection.execution_options(writing=True)
                async with connection.begin():
                    yield connection

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn failures of the database into ours."""
        try:
            yield
        except _MISTAKES:
            raise
        except (DBAPIError, PoolTimeoutError, OSError, TimeoutError) as error:
            raise self._error(error) from error
        except Exception as error:
            # asyncpg's own, while a connection is made, are not translated by SQLAlchemy.
            if type(error).__module__.startswith("asyncpg."):
                raise self._error(error) from error
            raise

    def _error(self, error: BaseException) -> DatabaseError:
        self.errors += 1
        cause = getattr(error, "orig", None) or error
        reason = (str(cause) or type(cause).__name__).splitlines()[0]
        remedy = (
            "Check that the disk is not full and that this user may write there; restore it from "
            "a backup when it is damaged."
            if self._engine.dialect.name == "sqlite"
            else "Check that it runs and that the address and the password are right."
        )
        return DatabaseError(f"The database {self} cannot be used: {reason}. {remedy}")


def now() -> str:
    """Return the time as the tables hold it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


async def clock(connection: AsyncConnection) -> float:
    """Return seconds since 1970 by the one clock that all replicas share."""
    if connection.dialect.name == "sqlite":  # then they share this machine's
        return time.time()
    seconds = await connection.execute(text("SELECT extract(epoch FROM clock_timestamp())"))
    return float(seconds.scalar_one())


def insert_missing(connection: AsyncConnection, table: Table) -> Insert:
    """Return an INSERT into `table` that leaves out rows which are there already."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


async def one(connection: AsyncConnection, statement: Executable) -> Any | None:
    """Return the only row of `statement`, None if there is none."""
    return (await connection.execute(statement)).one_or_none()


def _sqlite(folder: Path) -> tuple[AsyncEngine, str]:
    """Return an engine for the file in `folder`, and its name."""
    path = folder / FILE_NAME
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)  # SQLite gives its side files the same mode
    except OSError as error:
        raise DatabaseError(
            f"{path} cannot be written: {error.strerror}. Choose another folder with --data."
        ) from error
    url = make_url("sqlite+aiosqlite://").set(database=str(path))
    engine = create_async_engine(
        url, hide_parameters=True, async_creator=partial(_connect_sqlite, path)
    )
    return engine, str(path)


async def _connect_sqlite(path: Path) -> aiosqlite.Connection:
    """Return a connection to the file at `path`."""
    connection = aiosqlite.connect(path, timeout=_WAIT)
    thread = connection._thread  # noqa: SLF001 - nothing public leads to it
    thread.daemon = True
    try:
        return await connection
    except BaseException:
        # aiosqlite leaves the thread to end by itself: with a traceback, if this loop ends first.
        await asyncio.to_thread(thread.join)
        raise


def _postgresql(given: str) -> tuple[AsyncEngine, str]:
    """Return an engine for the database at `given`, and its name."""
    try:
        url = make_url(given)
    except (ArgumentError, ValueError):
        url = URL.create("unknown")
    if url.get_backend_name() not in {"postgresql", "postgres"}:
        raise DatabaseError(
            "--database must be postgresql://USER:PASSWORD@HOST/NAME; leave it out to use SQLite."
        )
    query = dict(url.query)
    if "sslmode" in query:  # libpq's name, which everybody knows
        query["ssl"] = query.pop("sslmode")
    url = url.set(drivername="postgresql+asyncpg", query=query)
    try:
        engine = create_async_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=True,
            pool_size=5,
            max_overflow=5,
            pool_timeout=_WAIT,
            connect_args={"timeout": _CONNECT, "command_timeout": _STATEMENT},
        )
    except (ImportError, NoSuchModuleError) as error:
        raise DatabaseError(
            "PostgreSQL needs its driver: pip install 'tinyact-cloud[postgres]'."
        ) from error
    return engine, f"{url.host or 'localhost'}/{url.database or ''}"


def _configure_sqlite(connection: Any, _record: object) -> None:
    # The driver begins no transactions of its own then: `_begin_sqlite` does, for DDL as well.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # Two that read first and then both want to write would block each other for good.
    writing = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _upgrade(connection: Connection) -> None:
    """Run the migrations that are missing, all in the caller's transaction."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    config.set_main_option("script_location", "tinyact_cloud.service:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
