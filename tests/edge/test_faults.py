"""What networks do to cameras, by a proxy before a real RTSP server; and what cameras are like."""

from collections.abc import Callable, Iterator
from itertools import islice
import logging
from pathlib import Path
import queue
import threading
import time
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
import pytest

from tests.fault_proxy import Fault, FaultProxy, fault_proxy
from tinyact_demo.processes import free_port
from tinyact_edge.backoff import Backoff
from tinyact_edge.camera import Camera, Patience, Status
from tinyact_edge.motion import MotionGate
from tinyact_edge.sampler import Sample, Sampler
from tinyact_edge.source import Reason, SourceError, open_video, parse_source

from .http_camera import http_camera
from .support import moving_square, rtsp_server, wait_for, write_video

PATIENCE = Patience(opening=2, reading=0.5, frozen=60)
ONLINE = Status("online")


class Counting(Backoff):
    """The delays as they are in use, but short, and kept."""

    def __init__(self) -> None:
        super().__init__(first=0.05, longest=0.2)
        self.delays: list[float] = []

    def next(self) -> float:
        self.delays.append(super().next())
        return self.delays[-1]


class Watched:
    """A camera that is watched: its statuses, and the times of its latest samples."""

    def __init__(self, url: str) -> None:
        self.statuses: queue.Queue[Status] = queue.Queue()
        self.times: queue.Queue[float] = queue.Queue()
        self.backoff = Counting()
        self.camera = Camera(
            "kitchen",
            parse_source(url),
            Sampler(8, MotionGate(10)),
            self._take,
            self.statuses.put,
            patience=PATIENCE,
            backoff=self.backoff,
        )
        self.camera.start()

    def _take(self, sample: Sample) -> None:
        if sample.image is not None:
            self.times.put(sample.at)

    def becomes(self, status: Status) -> None:
        """Return once the camera is that."""
        wait_for(self.statuses, lambda other: other == status)

    def goes_on(self, samples: int = 4) -> list[float]:
        """Return the times of the next samples once they came."""
        while not self.times.empty():
            self.times.get()
        return [wait_for(self.times) for _ in range(samples)]


Watch = Callable[[str], Watched]


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Return what watches a camera until the test is over."""
    watched: list[Watched] = []

    def start(url: str) -> Watched:
        watched.append(Watched(url))
        return watched[-1]

    yield start
    for one in watched:
        one.camera.stop()
    for one in watched:
        one.camera.stop(timeout=10)


def noise(second: float) -> NDArray[np.uint8]:
    """Draw what an encoder cannot make small."""
    pixels = np.random.default_rng(round(second * 100)).integers(0, 255, (90, 160, 3), np.uint8)
    return np.asarray(cv2.resize(pixels, (640, 360)), np.uint8)


@pytest.fixture(scope="module")
def noisy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Serve a stream of some megabits a second; return the server's port."""
    with rtsp_server(
        write_video(tmp_path_factory.mktemp("noise") / "noise.mp4", draw=noise)
    ) as port:
        yield port


@pytest.fixture(scope="module")
def neighbour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Serve another camera, as cameras are: each a server of its own; return its port."""
    with rtsp_server(write_video(tmp_path_factory.mktemp("neighbour") / "video.mp4")) as port:
        yield port


@pytest.fixture
def proxy(noisy: int) -> Iterator[FaultProxy]:
    """Stand before that server."""
    with fault_proxy(noisy) as proxy:
        yield proxy


@pytest.mark.parametrize(
    ("fault", "reasons"),
    [
        (Fault.CUT, {Reason.ENDED, Reason.UNREACHABLE}),
        (Fault.RESET, {Reason.ENDED, Reason.UNREACHABLE}),
        (Fault.STALL, {Reason.UNREACHABLE}),
        (Fault.HALF_OPEN, {Reason.UNREACHABLE}),
        # What is damaged may be the pictures, or what holds them together.
        (Fault.CORRUPT, {Reason.ENDED, Reason.UNREACHABLE, Reason.NOT_VIDEO}),
        (Fault.SLOW, {Reason.ENDED, Reason.UNREACHABLE}),
    ],
)
def test_a_fault_is_named_and_got_over_and_no_other_camera_feels_it(
    watch: Watch, neighbour: int, proxy: FaultProxy, fault: Fault, reasons: set[Reason]
) -> None:
    proxy.rate = 2_000  # bytes a second: a frame takes longer than the patience
    hit = watch(f"rtsp://127.0.0.1:{proxy.port}/camera")
    other = watch(f"rtsp://127.0.0.1:{neighbour}/camera")
    hit.becomes(ONLINE)
    other.becomes(ONLINE)
    threads = threading.active_count()
    proxy.inflict(fault)
    lost = wait_for(hit.statuses)
    assert lost.state == "unavailable"
    assert lost.reason in reasons
    other.goes_on()
    proxy.inflict(Fault.NONE)
    hit.goes_on()
    assert hit.camera.status == ONLINE
    assert other.statuses.empty()
    assert threading.active_count() == threads


def test_a_flood_of_faults_leaves_no_thread_and_no_memory_behind(
    watch: Watch, proxy: FaultProxy
) -> None:
    hit = watch(f"rtsp://127.0.0.1:{proxy.port}/camera")
    hit.goes_on(1)
    threads = threading.active_count()
    megabytes = []
    for _ in range(6):
        proxy.inflict(Fault.CUT)
        wait_for(hit.statuses, lambda status: status.state == "unavailable")
        proxy.inflict(Fault.NONE)
        hit.goes_on(1)
        megabytes.append(_resident_megabytes())
    assert threading.active_count() == threads
    # A connection takes some 20 MB while it is open.
    assert megabytes[-1] - megabytes[2] < 5


def _resident_megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


@pytest.mark.parametrize("leap", [100.0, -3600.0])
def test_time_stamps_that_leap(watch: Watch, proxy: FaultProxy, leap: float) -> None:
    hit = watch(f"rtsp://127.0.0.1:{proxy.port}/camera")
    before = hit.goes_on(2)
    proxy.leap = leap
    times = before + hit.goes_on()
    assert times == sorted(times)
    assert abs(time.monotonic() - times[-1]) < 5
    assert hit.camera.status == ONLINE


def test_time_stamps_that_leap_over_http(watch: Watch) -> None:
    with http_camera(leap=1000.0) as port:
        # Three leaps: none is waited for.
        times = watch(f"http://127.0.0.1:{port}/leaps").goes_on(20)
    assert times[-1] - times[0] < 100


def test_a_camera_that_comes_and_goes_is_asked_more_and_more_seldom(
    watch: Watch, proxy: FaultProxy
) -> None:
    hit = watch(f"rtsp://127.0.0.1:{proxy.port}/camera")
    for _ in range(3):
        hit.becomes(ONLINE)
        proxy.inflict(Fault.CUT)
        wait_for(hit.statuses, lambda status: status.state == "unavailable")
        proxy.inflict(Fault.NONE)
    hit.becomes(ONLINE)
    # Of three or more: the last is past what any of the first could be.
    assert hit.backoff.delays[0] <= 0.05
    assert hit.backoff.delays[-1] >= 0.1


def test_fifty_cameras_come_back_at_different_times(watch: Watch, video: Path) -> None:
    with rtsp_server(video) as port, fault_proxy(port) as proxy:
        cameras = [watch(f"rtsp://127.0.0.1:{proxy.port}/camera") for _ in range(50)]
        for one in cameras:
            one.becomes(ONLINE)
        threads = threading.active_count()
        proxy.inflict(Fault.CUT)
        for one in cameras:
            wait_for(one.statuses, lambda status: status.state == "unavailable")
        proxy.inflict(Fault.NONE)
        for one in cameras:
            one.becomes(ONLINE)
        assert threading.active_count() == threads
    first = sorted(one.backoff.delays[0] for one in cameras)
    # As many in each fifth of the time as if each had thrown dice: none waits with the others.
    shares, _ = np.histogram(first, bins=5, range=(0.025, 0.05))
    assert shares.sum() == 50
    assert shares.max() <= 25


@pytest.mark.parametrize(
    "flags",
    [
        ["--udp"],
        ["--b-frames"],
        ["--codec", "h265", "--b-frames", "--udp"],
    ],
    ids=" ".join,
)
def test_cameras_as_they_are(watch: Watch, video: Path, flags: list[str]) -> None:
    with rtsp_server(video, 0, None, *flags) as port:
        times = watch(f"rtsp://127.0.0.1:{port}/camera").goes_on(8)
    assert times == sorted(times)


def test_a_camera_that_speaks_udp_goes_and_returns(watch: Watch, video: Path) -> None:
    port = free_port()
    with rtsp_server(video, port, None, "--udp"):
        gone = watch(f"rtsp://127.0.0.1:{port}/camera")
        gone.becomes(ONLINE)
    # No connection ends by which it could be told; there is only silence.
    lost = wait_for(gone.statuses)
    assert lost.state == "unavailable"
    assert lost.reason in {Reason.ENDED, Reason.UNREACHABLE}
    with rtsp_server(video, port, None, "--udp"):
        gone.goes_on()


def test_sound_is_not_asked_for(video: Path) -> None:
    with rtsp_server(video, 0, None, "--sound") as port:
        source = parse_source(f"rtsp://127.0.0.1:{port}/camera")
        with open_video(source, 5, 5) as stream:
            next(stream.frames())
            assert [one.type for one in stream._container.streams] == ["video"]


@pytest.mark.parametrize("flags", [["--basic"], []], ids=["basic", "digest"])
def test_a_password(watch: Watch, video: Path, flags: list[str]) -> None:
    with rtsp_server(video, 0, ("me", "p@ss/w:rd"), *flags) as port:
        watch(f"rtsp://me:p%40ss%2Fw%3Ard@127.0.0.1:{port}/camera").goes_on()
        wrong = watch(f"rtsp://me:other@127.0.0.1:{port}/camera")
        wrong.becomes(Status("unavailable", Reason.UNAUTHORIZED))


def test_a_wrong_password_is_not_tried_so_often_that_the_camera_locks_up() -> None:
    camera = Camera(
        "kitchen",
        parse_source("rtsp://me:other@127.0.0.1/camera"),
        Sampler(8),
        lambda _: None,
        lambda _: None,
        backoff=Counting(),
    )
    # Once it may have been a mistake of the camera's.
    assert camera._pause(Reason.UNAUTHORIZED) < 1
    assert camera._pause(Reason.UNAUTHORIZED) == 600
    assert camera._pause(Reason.UNAUTHORIZED) == 600
    assert camera._pause(Reason.UNREACHABLE) < 1
    assert camera._pause(Reason.UNAUTHORIZED) < 1


@pytest.mark.parametrize("auth", ["digest", None])
def test_pictures_without_end_over_http(
    watch: Watch, auth: Literal["basic", "digest"] | None
) -> None:
    user = "me:pw@" if auth else ""
    with http_camera(auth) as port:
        watch(f"http://{user}127.0.0.1:{port}/mjpeg").goes_on()
        if auth:
            wrong = watch(f"http://me:other@127.0.0.1:{port}/mjpeg")
            wrong.becomes(Status("unavailable", Reason.UNAUTHORIZED))


def test_the_picture_gets_another_size(watch: Watch, tmp_path: Path) -> None:
    small = write_video(tmp_path / "small.mp4", 0.5)
    large = write_video(
        tmp_path / "large.mp4",
        1.0,
        lambda at: np.kron(moving_square(at), np.ones((2, 2, 1), np.uint8)),
    )
    with rtsp_server(Path(f"{small}+{large}")) as port:
        url = f"rtsp://127.0.0.1:{port}/camera"
        with open_video(parse_source(url), 5, 5) as stream:
            sizes = {frame.width for frame, _ in islice(stream.frames(), 20)}
            assert stream.damaged == 0
        watch(url).goes_on(10)
    assert sizes == {320, 640}


def test_a_stream_joined_long_before_its_next_key_frame_begins_with_that(tmp_path: Path) -> None:
    video = write_video(tmp_path / "long.mp4")
    with rtsp_server(video, 0, None, "--keys", "64") as port:
        source = parse_source(f"rtsp://127.0.0.1:{port}/camera")
        with open_video(source, 5, 5) as first:
            frames = first.frames()
            for _ in range(10):
                next(frames)
            # In the middle now, and shared with who comes later.
            with open_video(source, 5, 5) as second:
                frame, _ = next(second.frames())
    assert frame.key_frame
    assert not frame.is_corrupt


def test_a_stream_without_any_key_frame_is_no_video_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tinyact_edge.source._BLIND_SECONDS", 0.5)
    video = write_video(tmp_path / "long.mp4")
    with rtsp_server(video, 0, None, "--keys", "64", "--codec", "h265") as port:
        source = parse_source(f"rtsp://127.0.0.1:{port}/camera")
        with open_video(source, 5, 5) as first:
            frames = first.frames()
            for _ in range(10):
                next(frames)
            with (
                open_video(source, 5, 5) as second,
                pytest.raises(SourceError, match="no picture that can be decoded") as caught,
            ):
                next(second.frames())
    assert caught.value.reason is Reason.NOT_VIDEO


def test_what_comes_faster_than_it_is_taken_is_left_out_to_the_next_key_frame(
    proxy: FaultProxy,
) -> None:
    with open_video(parse_source(f"rtsp://127.0.0.1:{proxy.port}/camera"), 5, 5) as stream:
        frames = stream.frames()
        next(frames)
        # While nobody takes anything, it piles up in the network's buffers; how much of it is there
        # at once is theirs to say.
        for _ in range(5):
            time.sleep(2)
            stream.catch_up()
            frame, _ = next(frames)
            if frame.key_frame and stream.skipped > 2:
                break
        else:
            pytest.fail("nothing was left out")
        skipped = stream.skipped
        # Once frames have to be waited for, nothing has piled up.
        waited = 0.0
        while waited < 0.03:
            asked_at = time.monotonic()
            next(frames)
            waited = time.monotonic() - asked_at
        stream.catch_up()
        next(frames)
        assert stream.skipped - skipped <= 2


def test_a_camera_that_cannot_be_kept_up_with_is_told_of_once(
    noisy: int, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tinyact_edge.camera._LATE_SECONDS", 0.3)
    monkeypatch.setattr("tinyact_edge.camera._MAX_LAG", 0.3)
    caught_up = threading.Event()

    def slow(_: Sample) -> None:
        time.sleep(0.3)  # stands for a computer that this is too much for
        if camera.skipped > 50:
            caught_up.set()

    caplog.set_level(logging.WARNING)
    camera = Camera(
        "kitchen",
        parse_source(f"rtsp://127.0.0.1:{noisy}/camera"),
        Sampler(8, MotionGate(10)),
        slow,
        lambda _: None,
        patience=PATIENCE,
    )
    camera.start()
    assert caught_up.wait(60)
    camera.stop(10)
    assert [record.message.count("smaller stream") for record in caplog.records] == [1]
