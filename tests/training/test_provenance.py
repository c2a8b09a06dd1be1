"""What results say about code and data."""

from pathlib import Path
import shutil
import subprocess

import pytest

from tinyact_cloud.training import provenance
from tinyact_cloud.training.provenance import code_version, data_fingerprint

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


def _git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
    command = ["git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository's folder that provenance.py is made to believe it lies in."""
    folder = tmp_path / "cloud_classifier"
    folder.mkdir()
    (folder / "provenance.py").touch()
    _git(tmp_path, "init", "--quiet")
    monkeypatch.setattr(provenance, "_FOLDER", folder)
    return folder


@needs_git
def test_the_version_names_the_commit_and_whether_code_was_changed(package: Path) -> None:
    _git(package, "add", ".")
    _git(package, "commit", "--quiet", "--message", "x")
    version = code_version()
    assert version.endswith("+" + _git(package, "rev-parse", "HEAD"))
    (package.parent / "page.md").touch()
    assert code_version() == version
    (package / "new.py").touch()
    assert code_version() == version + "-dirty"


@needs_git
def test_a_commit_of_somebody_elses_repository_is_not_ours(package: Path) -> None:
    _git(package, "commit", "--quiet", "--allow-empty", "--message", "x")
    assert "+" not in code_version()


def test_without_git_there_is_a_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert code_version()
    assert "+" not in code_version()


def test_equal_data_have_equal_fingerprints(tmp_path: Path) -> None:
    prints = []
    for root in (tmp_path / "here", tmp_path / "there"):
        root.mkdir()
        for name in ("a.mp4", "b.mp4"):
            (root / name).write_bytes(b"123")
        (root / "x.csv").write_text("file")
        paths = [root / "a.mp4", root / "b.mp4"]
        prints += [data_fingerprint(paths, root, [root / "x.csv"])]
        prints += [data_fingerprint(reversed(paths), root, [root / "x.csv"])]
    assert len(set(prints)) == 1


def test_names_sizes_and_contents_count(tmp_path: Path) -> None:
    video, table = tmp_path / "a.mp4", tmp_path / "x.csv"
    video.write_bytes(b"123")
    table.write_text("1")
    prints = {data_fingerprint([video], tmp_path), data_fingerprint([video], tmp_path, [table])}
    table.write_text("2")
    prints.add(data_fingerprint([video], tmp_path, [table]))
    prints.add(data_fingerprint([video.rename(tmp_path / "b.mp4")], tmp_path))
    (tmp_path / "b.mp4").write_bytes(b"1234")
    prints.add(data_fingerprint([tmp_path / "b.mp4"], tmp_path))
    assert len(prints) == 5
