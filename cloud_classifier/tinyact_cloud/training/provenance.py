"""Say what a result was made by and of: the code's version, the data's fingerprint."""

from collections.abc import Iterable
import hashlib
from importlib.metadata import PackageNotFoundError, version
import json
from pathlib import Path
import shutil
import subprocess
from typing import Any

from tinyact_edge.bundle import Bundle

_FOLDER = Path(__file__).parent
# What a result depends on, seen from the repository's root: a changed page changes no result.
_CODE = (":/cloud_classifier", ":/edge_addon")


def code_version() -> str:
    """Return "VERSION+COMMIT", with "-dirty" after it where the code differs from that commit.

    Without git, or outside the project's own repository, it is the version alone.
    """
    try:
        released = version("tinyact-cloud")
    except PackageNotFoundError:
        released = "0"
    # An installed copy may lie in somebody else's repository, whose commit says nothing.
    if _git("ls-files", "--error-unmatch", Path(__file__).name) is None:
        return released
    commit = _git("rev-parse", "HEAD")
    changes = _git("status", "--porcelain", "--", *_CODE)
    if not commit or changes is None:
        return released
    return f"{released}+{commit}{'-dirty' if changes else ''}"


def data_fingerprint(paths: Iterable[Path], root: Path, contents: Iterable[Path] = ()) -> str:
    """Return a SHA-256, in hexadecimal, over the names and sizes of the files at `paths`.

    Names are those below `root`; the order of `paths` does not matter. Files at `contents`, small
    ones that decide much, count by what is in them, whatever their name. Raises ValueError for a
    path outside `root` and OSError for a file that is not there.
    """
    sizes = {path.relative_to(root).as_posix(): path.stat().st_size for path in paths}
    digest = hashlib.sha256(json.dumps(sorted(sizes.items())).encode())
    for path in contents:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def bundle_identity(bundle: Bundle) -> dict[str, Any]:
    """Return what names a bundle in a result, as JSON can hold it."""
    return {"name": bundle.name, "version": bundle.version, "encoder": bundle.encoder_id}


def _git(*arguments: str) -> str | None:
    """Return what git says about this folder, or None where it cannot."""
    git = shutil.which("git")
    if git is None:
        return None
    # Without optional locks, git status writes nothing and disturbs nobody.
    command = [git, "--no-optional-locks", "-C", str(_FOLDER), *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
    return done.stdout.strip() if done.returncode == 0 else None
