"""A camera's thread: what it hands on, and how it copes with cameras that come and go."""

from collections.abc import Callable, Iterator
from itertools import pairwise
import logging
from pathlib import Path
import queue
import socket
import threading

import pytest

from tinyact_demo.processes import free_port
from tinyact_edge.backoff import Backoff
from tinyact_edge.camera import ArrivalClock, Camera, Patience, PlaybackClock, Status
from tinyact_edge.motion import MotionGate
from tinyact_edge.pace import Pace
from tinyact_edge.sampler import Sample, Sampler
from tinyact_edge.source import Reason, parse_source

from .support import rtsp_server, still_room, wait_for, write_video

ONLINE = Status("online")
Start = Callable[..., "Watched"]


class Watched:
    """A camera and what it hands on."""

    def __init__(self, url: str, patience: Patience, hold: float, pace: Pace | None) -> None:
        self.samples: queue.Queue[Sample] = queue.Queue()
        self.statuses: queue.Queue[Status] = queue.Queue()
        self.camera = Camera(
            "kitchen",
            parse_source(url),
            Sampler(8, MotionGate(hold)),
            self.samples.put,
            self.statuses.put,
            patience=patience,
            backoff=Backoff(first=0.1, longest=0.5),
            pace=pace,
        )
        self.camera.start()

    def status(self) -> Status:
        """Wait for the next change of the status."""
        return wait_for(self.statuses)

    def sample(self, wanted: Callable[[Sample], bool]) -> Sample:
        """Wait for a sample."""
        return wait_for(self.samples, wanted)


@pytest.fixture
def start() -> Iterator[Start]:
    """Return what starts a camera, and stop it after the test."""
    watched: list[Watched] = []

    def _start(
        url: str,
        patience: Patience | None = None,
        hold: float = 10.0,
        pace: Pace | None = None,
    ) -> Watched:
        watched.append(Watched(url, patience or Patience(5, 2, 60), hold, pace))
        return watched[-1]

    yield _start
    for one in watched:
        one.camera.stop(timeout=10)


def test_a_stream_is_sampled(start: Start, video: Path) -> None:
    with rtsp_server(video) as port:
        watched = start(f"rtsp://127.0.0.1:{port}/camera")
        assert watched.status() == ONLINE
        samples = [wait_for(watched.samples) for _ in range(12)]
    assert all(one.at < other.at for one, other in pairwise(samples))
    assert all(sample.image is not None for sample in samples)
    # 8 of the 16 frames a second.
    assert watched.camera.frames >= 2 * len(samples) - 1


def test_a_camera_that_rests_goes_on_with_the_stream_s_next_key_frame(
    start: Start, video: Path
) -> None:
    class Resting(Pace):
        rest_seconds = 0.6

        def watch_seconds(self) -> float:
            return 0.5

    with rtsp_server(video) as port:
        watched = start(f"rtsp://127.0.0.1:{port}/camera", pace=Resting())
        times = [wait_for(watched.samples).at for _ in range(12)]
        rests = [other - one for one, other in pairwise(times) if other - one > 0.5]
        assert rests
        assert min(rests) > 0.55
        assert watched.camera.skipped >= 8  # of 16 frames a second, undecoded
        assert watched.camera.status == ONLINE
        assert watched.statuses.qsize() == 1


def test_frames_are_timed_by_their_stamps_and_the_fastest_arrival() -> None:
    clock = ArrivalClock()
    # A burst that waited for us, then frames that arrive late, and one that does not.
    assert clock.time(0.0, now=100.0) == 100.0
    assert clock.time(0.5, now=100.0) == 100.0
    assert clock.time(1.0, now=100.7) == 100.5
    assert clock.time(1.5, now=101.0) == 101.0
    # The camera's clock was set: stamps start anew.
    assert clock.time(9000.0, now=101.5) == 101.5
    assert clock.time(None, now=102.0) == 102.0


def test_frames_that_come_early_wait_until_they_are_due() -> None:
    clock = PlaybackClock()
    assert clock.time(5.0, now=100.0) == 100.0
    assert clock.time(6.0, now=100.1) == 101.0
    assert clock.time(7.0, now=102.5) == 102.0
    # The computer slept.
    assert clock.time(8.0, now=500.0) == 500.0
    assert clock.time(9.0, now=500.1) == 501.0
    assert clock.time(None, now=502.0) == 502.0


def test_a_camera_that_goes_and_returns(start: Start, video: Path) -> None:
    port = free_port()
    with rtsp_server(video, port):
        watched = start(f"rtsp://127.0.0.1:{port}/camera")
        assert watched.status() == ONLINE
    lost = watched.status()
    assert lost.state == "unavailable"
    assert lost.reason in {Reason.UNREACHABLE, Reason.ENDED}
    assert watched.sample(lambda sample: sample.interrupted).image is None
    with rtsp_server(video, port):
        returned = wait_for(watched.statuses, lambda status: status.state == "online")
        assert returned == ONLINE
        watched.sample(lambda sample: sample.image is not None)


def test_a_wrong_password(start: Start, video: Path, caplog: pytest.LogCaptureFixture) -> None:
    with rtsp_server(video, credentials=("me", "pw")) as port:
        watched = start(f"rtsp://me:hidden@127.0.0.1:{port}/camera")
        assert watched.status() == Status("unavailable", Reason.UNAUTHORIZED)
    assert "password" in caplog.text
    assert "hidden" not in caplog.text


def test_trouble_is_told_once(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        tries = threading.Semaphore(0)
        threading.Thread(target=_hang_up, args=(server, tries), daemon=True).start()
        watched = start(f"rtsp://127.0.0.1:{server.getsockname()[1]}/camera")
        assert watched.status().state == "unavailable"
        for _ in range(3):
            assert tries.acquire(timeout=20)
    assert len(caplog.records) == 1


def _hang_up(server: socket.socket, tries: threading.Semaphore) -> None:
    """Accept connections and close them."""
    try:
        while True:
            server.accept()[0].close()
            tries.release()
    except OSError:
        return


def test_a_camera_that_says_nothing_is_unreachable(start: Start) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        watched = start(f"rtsp://127.0.0.1:{server.getsockname()[1]}/camera", Patience(opening=0.5))
        assert watched.status() == Status("unavailable", Reason.UNREACHABLE)


def test_a_picture_that_never_changes_is_frozen(start: Start, tmp_path: Path) -> None:
    # One picture, over and over: its loop is seamless down to the bit.
    video = write_video(tmp_path / "still.mp4", 1 / 16, still_room)
    with rtsp_server(video) as port:
        watched = start(f"rtsp://127.0.0.1:{port}/camera", Patience(5, 5, frozen=0.5))
        assert watched.status() == ONLINE
        assert watched.status() == Status("unavailable", Reason.FROZEN)


def test_a_file_plays_once_and_ends(start: Start, tmp_path: Path) -> None:
    watched = start(str(write_video(tmp_path / "short.mp4", 0.5)))
    assert watched.status() == ONLINE
    assert watched.status() == Status("unavailable", Reason.ENDED)
    assert watched.camera.frames == 8


def test_a_file_loops_in_real_time_with_time_going_on(start: Start, tmp_path: Path) -> None:
    watched = start(f"loop:{write_video(tmp_path / 'short.mp4', 0.5)}")
    times = [watched.sample(lambda sample: sample.image is not None).at for _ in range(13)]
    assert times[-1] - times[0] == pytest.approx(1.5, abs=0.1)
    assert watched.camera.frames >= 24


def test_a_file_that_is_no_video(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("no video")
    assert start(f"loop:{path}").status() == Status("unavailable", Reason.NOT_VIDEO)


def test_the_end_of_all_motion_is_told(start: Start, tmp_path: Path) -> None:
    video = write_video(tmp_path / "still.mp4", 1.0, still_room)
    watched = start(f"loop:{video}", hold=0.5)
    closing = watched.sample(lambda sample: sample.image is None)
    assert not closing.interrupted
