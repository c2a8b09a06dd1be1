"""Installed from Home Assistant's Marketplace, as people will, from the repository's archive.

Real: Home Assistant, its Marketplace, the archive of this working tree, the edge. Played by a
server of the test: GitHub's downloads and the Marketplace's catalogue.
"""

from collections.abc import AsyncIterator
import io
import json
from pathlib import Path
import subprocess
import time
from typing import Any
import zipfile

import aiohttp
from aiohttp import web
import pytest_asyncio

from tinyact_demo.home_assistant import Socket
from tinyact_demo.processes import eventually, free_port
from tinyact_demo.stack import HASS, ROOT, Stack

NUMBER = "4711"  # of the repository, at GitHub
NAME = "tinyact/tinyact"
MANIFEST = "custom_components/tinyact/manifest.json"
# Limits of the Marketplace (homeassistant/components/marketplace/const.py).
MAX_EXPANDED = 100 << 20


def _archive(version: str) -> bytes:
    """Return what GitHub makes of a tag: the tracked files, as they are, below one folder."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name in filter(None, listed.split("\0")):
            # Deleted, and not yet committed.
            if (path := ROOT / name).is_file():
                archive.writestr(f"tinyact-{version}/{name}", _file(path, version))
    return content.getvalue()


def _file(path: Path, version: str) -> bytes:
    """Return a file as it is in the release `version`."""
    content = path.read_bytes()
    if path == ROOT / MANIFEST:
        return json.dumps({**json.loads(content), "version": version}).encode()
    return content


class GitHub:
    """What the Marketplace asks of GitHub, and of its catalogue, to install without an account."""

    def __init__(self) -> None:
        """Offer the first release."""
        self.version = "0.1.0"
        self.url = ""
        self._archives: dict[str, bytes] = {}

    async def serve(self) -> web.AppRunner:
        """Start to answer."""
        app = web.Application()
        app.router.add_get("/{section}/data.json", self._catalogue)
        app.router.add_get(f"/{NAME}/archive/refs/tags/{{version}}.zip", self._download)
        app.router.add_get(f"/{NAME}/{{version}}/{{path:.+}}", self._raw)
        runner = web.AppRunner(app)
        await runner.setup()
        port = free_port()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{port}"
        return runner

    async def _catalogue(self, request: web.Request) -> web.Response:
        section = request.match_info["section"]
        if section in {"removed", "critical"}:
            return web.json_response([])
        if section != "integration":
            return web.json_response({})
        manifest = json.loads((ROOT / MANIFEST).read_text())
        entry = {
            "description": "What people do in front of your cameras",
            "domain": manifest["domain"],
            "etag_repository": self.version,
            "full_name": NAME,
            "last_fetched": time.time(),
            "last_updated": "2026-11-29T00:00:00Z",
            "last_version": self.version,
            "manifest": {"name": "TinyAct"},
            "manifest_name": manifest["name"],
        }
        return web.json_response({NUMBER: entry})

    async def _download(self, request: web.Request) -> web.Response:
        version = request.match_info["version"]
        if version not in self._archives:
            self._archives[version] = _archive(version)
        return web.Response(body=self._archives[version], content_type="application/zip")

    async def _raw(self, request: web.Request) -> web.Response:
        path = ROOT / request.match_info["path"]
        if not path.is_file():
            raise web.HTTPNotFound
        return web.Response(body=_file(path, request.match_info["version"].removeprefix("tags/")))


@pytest_asyncio.fixture
async def github() -> AsyncIterator[GitHub]:
    """Play GitHub."""
    github = GitHub()
    runner = await github.serve()
    yield github
    await runner.cleanup()


@pytest_asyncio.fixture
async def shop(github: GitHub, tmp_path: Path) -> AsyncIterator[Stack]:
    """Run an edge without cameras, and a Home Assistant that has never heard of TinyAct."""
    python = HASS.with_name("python")
    program = Path(__file__).with_name("marketplace_home.py")
    async with aiohttp.ClientSession() as session, Stack(tmp_path, session) as stack:
        await stack.start_home_assistant(None, [python, program, github.url], None)
        await stack.start_edge({})
        yield stack


async def _repository(socket: Socket) -> dict[str, Any] | None:
    for repository in await socket.command("marketplace/repositories/list"):
        if repository["id"] == NUMBER:
            return dict(repository)
    return None


async def _issues(socket: Socket) -> list[dict[str, Any]]:
    found = (await socket.command("repairs/list_issues"))["issues"]
    return [issue for issue in found if issue["issue_domain"] == "tinyact"]


async def test_install_and_update(shop: Stack, github: GitHub) -> None:
    """The first install works at once; an update asks for a restart, and works after it."""
    home = shop.home_assistant

    async with home.listen() as socket:
        await socket.command("marketplace/warning/accept")
        await eventually(lambda: _repository(socket), 60)
        await socket.command("marketplace/repository/install", repository=NUMBER)
        repository = await _repository(socket)
        assert repository
        assert repository["installed_version"] == "0.1.0"
        assert await _issues(socket) == []

    # Without a restart in between.
    await shop.add_integration()
    entry = next(
        entry
        for entry in await home.get("config/config_entries/entry", domain="tinyact")
        if entry["domain"] == "tinyact"
    )
    assert entry["state"] == "loaded"

    github.version = "0.2.0"
    await shop.restart_home_assistant()

    async with home.listen() as socket:

        async def offered() -> bool | None:
            found = await _repository(socket)
            return True if found and found["available_version"] == "0.2.0" else None

        await eventually(offered, 60)
        await socket.command("marketplace/repository/install", repository=NUMBER)
        issues = await _issues(socket)
        assert [issue["translation_key"] for issue in issues] == ["restart_required"]

    await shop.restart_home_assistant()
    async with home.listen() as socket:
        assert await _issues(socket) == []
        manifest = await socket.command("manifest/get", integration="tinyact")
    assert manifest["version"] == "0.2.0"


def test_archive_is_within_the_limits() -> None:
    """The Marketplace refuses archives that expand to more than 100 MiB."""
    with zipfile.ZipFile(io.BytesIO(_archive("0.1.0"))) as archive:
        assert sum(member.file_size for member in archive.infolist()) < MAX_EXPANDED
