"""Fixtures of the edge's tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tinyact_edge.bundle import Bundle, load_bundle

from .home import Home
from .support import write_bundle, write_video


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
async def home(bundle: Bundle, tmp_path: Path) -> AsyncIterator[Home]:
    """Return a running edge with no camera."""
    home = Home(bundle, tmp_path)
    async with home.client:
        await home.edge.start([])
        yield home
        await home.edge.stop()
    home.journal.close()
