"""Backup and restore, on a real SQLite file in use and a real PostgreSQL."""

import asyncio
from pathlib import Path
import sqlite3
import uuid

import pytest

from tinyact_cloud.service.auth import create_token, list_tokens, revoke_token
from tinyact_cloud.service.backup import BackupError, back_up, restore
from tinyact_cloud.service.database import Database
from tinyact_cloud.service.examples import list_examples

from .conftest import Command
from .postgres import Cluster
from .teaching import Client, example, teach, teaching, unseen


async def count(database: Database, site: str = "home") -> int:
    found, _ = await list_examples(database, site, label=None, camera=None, before=None, limit=200)
    return len(found)


async def test_sqlite_in_use(client: Client, tmp_path: Path) -> None:
    await teach(client)
    writing = asyncio.create_task(keep_teaching(client))
    await asyncio.to_thread(back_up, tmp_path / "data", tmp_path / "backup")
    await writing
    kept = tmp_path / "backup"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert not await asyncio.to_thread(lambda: list(tmp_path.glob(".*")))
    elsewhere = await open_restored(tmp_path / "elsewhere", kept)
    assert 8 <= await count(elsewhere) <= 18
    assert [token.name for token in await list_tokens(elsewhere)] == ["edge"]
    await elsewhere.close()


async def keep_teaching(client: Client) -> None:
    for latent in unseen(10):
        assert (await client.post("/v1/examples", json=teaching(example(latent)))).status == 200


async def open_restored(folder: Path, file: Path) -> Database:
    await restore(folder, file)
    return await Database.open(folder)


async def test_a_running_service_goes_on_with_what_was_restored(
    client: Client, database: Database, tmp_path: Path
) -> None:
    await teach(client)
    back_up(tmp_path / "data", tmp_path / "backup")
    assert (await client.delete(f"/v1/examples/{await newest(client)}")).status == 204
    await revoke_token(database, "edge")
    await create_token(database, "later")
    async with asyncio.timeout(30):
        status = 200
        while status == 200:
            status = (await client.get("/v1/model")).status
    assert status == 401
    await restore(tmp_path / "data", tmp_path / "backup")
    assert (await client.get("/v1/model")).status == 200
    assert await count(database) == 8
    assert [token.name for token in await list_tokens(database)] == ["edge"]


async def newest(client: Client) -> str:
    return str((await (await client.get("/v1/examples")).json())["examples"][0]["id"])


async def test_what_is_no_backup_changes_nothing(database: Database, tmp_path: Path) -> None:
    await create_token(database, "edge")
    for content in (b"", b"no database at all" * 100):
        (tmp_path / "other").write_bytes(content)
        with pytest.raises(BackupError, match="other"):
            await restore(tmp_path / "data", tmp_path / "other")
    with sqlite3.connect(tmp_path / "foreign") as foreign:
        foreign.execute("CREATE TABLE sites (name TEXT)")
    foreign.close()
    with pytest.raises(BackupError, match="no backup of this service"):
        await restore(tmp_path / "data", tmp_path / "foreign")
    back_up(tmp_path / "data", tmp_path / "damaged")
    with (tmp_path / "damaged").open("r+b") as damaged:
        damaged.seek(5000)
        damaged.write(b"\xff" * 30_000)
    with pytest.raises(BackupError):
        await restore(tmp_path / "data", tmp_path / "damaged")
    assert [token.name for token in await list_tokens(database)] == ["edge"]


def test_the_commands(tmp_path: Path, command: Command) -> None:
    command("token", "create", "edge")
    file = tmp_path / "copy"
    assert command("backup", file) == (0, "", "")
    command("token", "revoke", "edge")
    assert command("restore", file) == (0, "", "")
    assert "edge" in command("token", "list")[1]
    for name, arguments, reason in (
        ("restore", (tmp_path / "none",), "There is no file"),
        ("backup", (tmp_path / "no" / "folder",), "cannot be used"),
        ("backup", (file, "--data", tmp_path / "void"), "There is no database"),
        ("backup", (file, "--database", "postgresql://a@b/c"), "Use pg_dump"),
    ):
        code, _, said = command(name, *arguments)
        assert (code, said.count("\n")) == (2, 1), said
        assert reason in said


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_postgresql(
    client: Client, database_url: str, postgres: Cluster, tmp_path: Path
) -> None:
    """The two commands of docs/operating.md, into a new database."""
    await teach(client)
    file = tmp_path / "backup"
    name = f"restored_{uuid.uuid4().hex}"
    fresh = postgres.create(name)
    for command in (
        [postgres.binaries / "pg_dump", "--format=custom", f"--file={file}", database_url],
        [
            postgres.binaries / "pg_restore",
            "--exit-on-error",
            "--single-transaction",
            "--no-owner",
            f"--dbname={fresh}",
            file,
        ],
    ):
        process = await asyncio.create_subprocess_exec(*map(str, command))
        assert await process.wait() == 0
    restored = await Database.open(tmp_path, fresh)
    assert await count(restored) == 8
    assert [token.name for token in await list_tokens(restored)] == ["edge"]
    await restored.close()
