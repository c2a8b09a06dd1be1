"""The database itself: opened by many at once, killed, damaged, or of another version."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path
import signal
import sys
import threading
from uuid import uuid4

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
import pytest
from sqlalchemy import Connection, text

from tinyact_cloud.service import jobs
from tinyact_cloud.service.changes import Changes, record
from tinyact_cloud.service.database import FILE_NAME, Database, DatabaseError
from tinyact_cloud.service.sites import ensure_site
from tinyact_cloud.service.tables import metadata

from .conftest import both_databases

OPEN = """
import asyncio, sys
from pathlib import Path
from tinyact_cloud.service import database
async def main():
    opened = await database.Database.open(Path(sys.argv[1]), sys.argv[2] or None)
    await opened.close()
asyncio.run(main())
"""
# The last step of the migrations is the last thing before the commit.
KILLED = """
import os, signal
from alembic import command
upgrade = command.upgrade
def killed(*arguments):
    upgrade(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)
command.upgrade = killed
"""


async def run(script: str, folder: Path, url: str | None) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", script, str(folder), url or ""), stdin=DEVNULL, stderr=PIPE
    )
    _, err = await process.communicate()
    return process.returncode, err.decode()


def difference(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


@both_databases
async def test_migrations_make_the_tables(database: Database) -> None:
    async with database.reading() as connection:
        assert await connection.run_sync(difference) == []


@both_databases
async def test_many_open_a_new_database_at_once(tmp_path: Path, database_url: str | None) -> None:
    results = await asyncio.gather(*(run(OPEN, tmp_path, database_url) for _ in range(4)))
    assert results == [(0, "")] * 4


@both_databases
async def test_killed_in_the_middle_of_a_migration(
    tmp_path: Path, database_url: str | None
) -> None:
    code, err = await run(KILLED + OPEN, tmp_path, database_url)
    assert code == -signal.SIGKILL, err
    opened = await Database.open(tmp_path, database_url)
    async with opened.reading() as connection:
        assert await connection.run_sync(difference) == []
        assert (await connection.execute(text("SELECT number FROM changes"))).all() == [(0,)]
    await opened.close()


@both_databases
async def test_database_of_an_earlier_version(
    database: Database, tmp_path: Path, database_url: str | None
) -> None:
    async with database.writing() as connection:
        await ensure_site(connection, "home")
    asked = await jobs.ask(database, "home")
    async with database.writing() as connection:
        later = ("jobs.kind", "jobs.reason", "marks.person", "marks.at")
        for added in (*later, "examples.variants", "examples.variants_scale"):
            table, column = added.split(".")
            await connection.execute(text(f"ALTER TABLE {table} DROP COLUMN {column}"))
        await connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    opened = await Database.open(tmp_path / "data", database_url)
    async with opened.reading() as connection:
        assert await connection.run_sync(difference) == []
    waiting = await jobs.claim(opened, uuid4())
    assert waiting is not None
    assert (str(waiting.id), waiting.kind) == (asked["id"], None)
    await opened.close()


@both_databases
async def test_database_of_a_newer_version(
    database: Database, tmp_path: Path, database_url: str | None
) -> None:
    async with database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseError, match=r"newer version\. Update tinyact-cloud"):
        await Database.open(tmp_path / "data", database_url)


@both_databases
async def test_what_raises_is_not_kept(database: Database) -> None:
    async def fail() -> None:
        async with database.writing() as connection:
            await ensure_site(connection, "home")
            raise ValueError("midway")

    with pytest.raises(ValueError, match="midway"):
        await fail()
    async with database.reading() as connection:
        assert (await connection.execute(text("SELECT name FROM sites"))).all() == []


@both_databases
async def test_changes_are_told_once_and_none_is_missed(database: Database) -> None:
    changes = Changes(database)
    told: list[object] = []
    changes.listen(told.append)
    sites = [f"site{i}" for i in range(12)]

    async def change(site: str) -> None:
        async with database.writing() as connection:
            await ensure_site(connection, site)
            await record(connection, site)

    await change("before")
    await changes.look()
    assert told == []
    work = asyncio.gather(*(change(site) for site in sites))
    while not work.done():
        await changes.look()
        await asyncio.sleep(0)
    await changes.look()
    names = [name for group in told for name in group]  # type: ignore[attr-defined]
    assert sorted(names) == sorted(sites)


@both_databases
async def test_changes_are_told_again_after_the_tables_were_away(database: Database) -> None:
    changes = Changes(database)
    await changes.look()
    told = asyncio.Event()
    changes.listen(lambda _names: told.set())

    async def rename(before: str, after: str) -> None:
        async with database.writing() as connection:
            await connection.execute(text(f"ALTER TABLE {before} RENAME TO {after}"))

    await rename("changes", "away")  # as while a backup is restored in its place
    watching = asyncio.create_task(changes.run())
    async with asyncio.timeout(60):
        while not changes._failing:  # noqa: ASYNC110 - nothing else tells
            await asyncio.sleep(0.05)
        await rename("away", "changes")
        async with database.writing() as connection:
            await ensure_site(connection, "home")
            await record(connection, "home")
        await told.wait()
    watching.cancel()


@both_databases
async def test_a_restored_backup_is_noticed(database: Database) -> None:
    changes = Changes(database)
    told: list[object] = []
    changes.listen(told.append)
    async with database.writing() as connection:
        await connection.execute(text("UPDATE changes SET number = 5"))
    await changes.look()
    async with database.writing() as connection:
        await connection.execute(text("UPDATE changes SET number = 3"))
    await changes.look()
    assert told == [None]


async def test_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"not a database at all, but long enough" * 100)
    with pytest.raises(DatabaseError, match=rf"{FILE_NAME} cannot be used: file is not a database"):
        await Database.open(tmp_path)


async def test_file_that_cannot_be_opened_leaves_no_thread(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    before = set(threading.enumerate())
    with pytest.raises(DatabaseError, match="unable to open database file"):
        await Database.open(tmp_path)
    left = set(threading.enumerate()) - before
    assert [thread.name for thread in left if "connection_worker" in thread.name] == []


async def test_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseError, match="--data"):
        await Database.open(tmp_path / "file" / "data")


async def test_a_password_is_told_to_nobody(tmp_path: Path) -> None:
    url = "postgresql://me:hush@127.0.0.1:1/homes?sslmode=require"
    with pytest.raises(DatabaseError, match=r"127\.0\.0\.1/homes cannot be used") as caught:
        await Database.open(tmp_path, url)
    assert "hush" not in str(caught.value)
