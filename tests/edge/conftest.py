"""Fixtures of the edge's tests."""

from collections.abc import AsyncIterator
import os
from pathlib import Path

import pytest

from tinyact_edge.__main__ import main
from tinyact_edge.bundle import Bundle, load_bundle

from .command import Command, Done
from .home import Home
from .support import write_bundle, write_video

DATA = Path(os.environ.get("TINYACT_DATA", Path(__file__).parents[3] / "shared" / "data"))


@pytest.fixture(scope="session")
def bundle_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a tiny model bundle."""
    return write_bundle(tmp_path_factory.mktemp("bundle"))


@pytest.fixture(scope="session")
def bundle(bundle_folder: Path) -> Bundle:
    """Return the tiny bundle, loaded."""
    return load_bundle(bundle_folder)


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return four seconds of a moving square."""
    return write_video(tmp_path_factory.mktemp("video") / "square.mp4")


@pytest.fixture
def recording() -> Path:
    """Return a video of a person who walks in and falls."""
    path = DATA / "urfall" / "fall" / "fall-01-cam0.mp4"
    if not path.exists():
        pytest.skip(f"needs {path}: set TINYACT_DATA")
    return path


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Return what runs tinyact-edge; a process for each test would cost a minute in all."""

    def run(*arguments: str | Path) -> Done:
        status = main([str(argument) for argument in arguments])
        return Done(status, *capsys.readouterr())

    return run


@pytest.fixture
async def home(bundle: Bundle, tmp_path: Path) -> AsyncIterator[Home]:
    """Return a running edge with no camera."""
    home = Home(bundle, tmp_path)
    async with home.client:
        await home.edge.start([])
        yield home
        await home.edge.stop()
    home.journal.close()
