"""Tell what a camera's processor time goes to, by the libraries in which it is spent (perf)."""

from pathlib import Path
import re
import shutil
import subprocess
import tempfile
import time

from .edge_films import SCENES
from .edge_service import RunningEdge

# What a shared object's name begins with, and what is done in it.
_PARTS = {
    "libavcodec": "decoding",
    "libavutil": "decoding",
    "libavformat": "network streams",
    "libswscale": "colours",
    "[JIT]": "networks",
    "libopenvino": "networks",
    "_pyopenvino": "networks",
    "onnxruntime": "networks",
    "cv2": "image work",
    "_multiarray_umath": "image work",
    "libpython": "Python",
    "libc.": "memory",
    "[kernel": "kernel",
}
PARTS = (*dict.fromkeys(_PARTS.values()), "other")
_LINE = re.compile(r"\s*([\d.]+)%\s+(\S+)")


Profile = dict[str, dict[str, float]]  # percent of a core a camera, by scene and part


def measure(
    edge: RunningEdge, rtsp: int, cameras: int, settles: dict[str, float], seconds: float
) -> Profile:
    """Profile so many cameras of each scene for `seconds`, once they have settled."""
    if not shutil.which("perf"):
        raise SystemExit("bench: a profile needs perf (Debian: linux-perf).")
    found = {}
    for scene in SCENES:
        edge.watch(cameras, scene, rtsp)
        time.sleep(settles[scene])
        with tempfile.TemporaryDirectory() as folder:
            found[scene] = _profile(edge, Path(folder) / "perf.data", seconds)
        edge.watch(0, scene, rtsp)
    return found


def _profile(edge: RunningEdge, file: Path, seconds: float) -> dict[str, float]:
    perf, target = shutil.which("perf") or "perf", ["-p", str(edge.pid), "-o", str(file)]
    with subprocess.Popen(  # noqa: S603 - our own command
        [perf, "record", "-e", "cpu-clock", "-F", "999", *target, "--", "sleep", str(seconds)],
        stderr=subprocess.DEVNULL,
    ):
        percent = edge.rates(seconds).core_percent / edge.cameras
    report = subprocess.run(  # noqa: S603 - our own command
        [perf, "report", "-i", str(file), "--stdio", "--sort", "dso"],
        capture_output=True,
        text=True,
        check=True,
    )
    parts = dict.fromkeys(PARTS, 0.0)
    for share, library in shares(report.stdout):
        parts[part_of(library)] += share / 100 * percent
    return parts


def shares(report: str) -> list[tuple[float, str]]:
    """Return percent and library of each line of perf's report."""
    return [
        (float(found[1]), found[2]) for line in report.splitlines() if (found := _LINE.match(line))
    ]


def part_of(library: str) -> str:
    """Return what is done in a library."""
    return next((part for name, part in _PARTS.items() if library.startswith(name)), "other")


def table(profile: Profile) -> str:
    """Return a profile as Markdown."""
    columns = list(profile.values())
    rows = [f"| % of a core | {' | '.join(profile)} |", f"|---|{'---:|' * len(columns)}"]
    rows += [
        f"| {part} | {' | '.join(f'{column[part]:.2f}' for column in columns)} |" for part in PARTS
    ]
    sums = " | ".join(f"{sum(column.values()):.2f}" for column in columns)
    return "\n".join([*rows, f"| all | {sums} |"])
