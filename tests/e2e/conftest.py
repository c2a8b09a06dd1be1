"""What the end-to-end tests share: a recording on a real RTSP server, and everything behind it."""

from collections.abc import AsyncIterator, Iterator
from fractions import Fraction
import os
from pathlib import Path
import subprocess

import aiohttp
import av
import pytest
import pytest_asyncio

from tinyact_demo import scene
from tinyact_demo.stack import ROOT, Stack

DATA = Path(os.environ.get("TINYACT_DATA") or ROOT.parent / "shared" / "data")
# UR Fall: someone walks and falls; walks and sits down; sits and stands up; walks and sits down.
RECORDINGS = [
    DATA / "urfall" / name
    for name in (
        "fall/fall-05-cam0.mp4",
        "adl/adl-02-cam0.mp4",
        "adl/adl-05-cam0.mp4",
        "adl/adl-06-cam0.mp4",
    )
]
RATE = 30  # frames per second, as the recordings have
CAMERA = "Hall"
# What people read for the model's labels.
READING = {
    "fall": "Falls",
    "fight": "Fights",
    "jump": "Jumps",
    "run": "Runs",
    "sit": "Sits down",
    "stand": "Stands up",
    "walk": "Walks",
}
# One that somebody writes by hand, without a word of resources.
YAML_DASHBOARD = "by-hand"
_LOVELACE = f"""\
lovelace:
  dashboards:
    {YAML_DASHBOARD}:
      mode: yaml
      title: By hand
      filename: by-hand.yaml
"""
_BY_HAND = """\
views:
  - title: Home
    cards:
      - type: custom:tinyact-timeline-card
"""


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a video of a person in a room: real ones in a row, or the demo's film without them."""
    if not all(path.exists() for path in RECORDINGS):
        return scene.film()
    path = tmp_path_factory.mktemp("recording") / "recording.mp4"
    with av.open(path, "w") as joined:
        stream = joined.add_stream("libx264", rate=RATE, options={"preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        number = 0
        for part in RECORDINGS:
            with av.open(part) as video:
                for frame in video.decode(video=0):
                    picture = frame.reformat(320, 240, "yuv420p")
                    picture.pts, picture.time_base = number, Fraction(1, RATE)
                    joined.mux(stream.encode(picture))
                    number += 1
        joined.mux(stream.encode(None))
    return path


@pytest.fixture(scope="session")
def rtsp_url(recording: Path) -> Iterator[str]:
    """Serve the recording as a camera would, for ever."""
    program = str(ROOT / "tests" / "rtsp_server.py")
    command = ["/usr/bin/python3", program, "--port", "0", f"hall={recording}"]
    with subprocess.Popen(  # noqa: S603 (the tests' own program)
        command, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout
        ready, port = server.stdout.readline().split()
        assert ready == "ready"
        yield f"rtsp://127.0.0.1:{port}/hall"
        server.terminate()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack(rtsp_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Run classifier, edge and Home Assistant, each a process, introduced to each other."""
    folder = tmp_path_factory.mktemp("stack")
    async with aiohttp.ClientSession() as session, Stack(folder, session) as stack:
        await stack.start({CAMERA: rtsp_url}, more=_LOVELACE)
        (folder / "home-assistant" / "by-hand.yaml").write_text(_BY_HAND)
        yield stack
