"""Take BlazePose's two networks out of the wheel that carries them, and find them again.

They are Apache-2.0 and lie inside the PyPI wheel of mediapipe 0.10.14. TinyAct neither ships
them nor needs mediapipe: set-up downloads the wheel, and this module unpacks and checks it.
"""

import hashlib
import os
from pathlib import Path
import tempfile
import zipfile

WHEEL = "mediapipe==0.10.14"
# The networks are the same in the wheel of every platform.
REMEDY = (
    "Run script/setup in a checkout, or: "
    "pip download --no-deps --only-binary=:all: --python-version 3.11"
    f" --platform manylinux_2_17_x86_64 {WHEEL} && "
    "tinyact-edge pose-files --wheel mediapipe-0.10.14-*.whl"
)

# name: (path in the wheel, SHA-256)
FILES = {
    "pose_detection.tflite": (
        "mediapipe/modules/pose_detection/pose_detection.tflite",
        "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
    ),
    "pose_landmark_full.tflite": (
        "mediapipe/modules/pose_landmark/pose_landmark_full.tflite",
        "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
    ),
}
_MAX_BYTES = 16 << 20


class PoseFilesError(Exception):
    """The pose networks are missing or not what they should be; the message says what to do."""


def folder() -> Path:
    """Return where the networks are kept: $TINYACT_POSE_DIR, else the user's cache."""
    if chosen := os.environ.get("TINYACT_POSE_DIR"):
        return Path(chosen)
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "tinyact" / "pose"


def find(name: str) -> Path:
    """Return the path of network `name`, checked against its SHA-256.

    Raises PoseFilesError when it is missing or damaged.
    """
    path = folder() / name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PoseFilesError(f"The pose network {path} cannot be read. {REMEDY}") from error
    if hashlib.sha256(content).hexdigest() != FILES[name][1]:
        raise PoseFilesError(f"The pose network {path} is damaged. {REMEDY}")
    return path


def install(wheel: Path) -> Path:
    """Unpack both networks from `wheel` into the folder and return it.

    Raises PoseFilesError when the wheel is not the one that carries them.
    """
    target = folder()
    try:
        with zipfile.ZipFile(wheel) as archive:
            contents = {name: _extract(archive, member) for name, (member, _) in FILES.items()}
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise PoseFilesError(f"{wheel} does not hold the pose networks; {WHEEL} does.") from error
    for name, content in contents.items():
        if hashlib.sha256(content).hexdigest() != FILES[name][1]:
            raise PoseFilesError(f"{name} in {wheel} is not the network of {WHEEL}.")
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            _write_whole(target / name, content)
    except OSError as error:
        raise PoseFilesError(f"Cannot write to {target}: {error.strerror}") from error
    return target


def _extract(archive: zipfile.ZipFile, member: str) -> bytes:
    if archive.getinfo(member).file_size > _MAX_BYTES:
        raise KeyError(member)
    return archive.read(member)


def _write_whole(path: Path, content: bytes) -> None:
    """Write so that a reader, or a second set-up, never meets half a file."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as part:
        part.write(content)
    Path(part.name).replace(path)
