"""What can be opened and read, and what is said of the rest."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
import struct
import threading

import av
import cv2
import numpy as np
import pytest

from tinyact_demo.processes import free_port
from tinyact_edge.source import (
    Kind,
    Reason,
    Source,
    SourceError,
    gray,
    luma,
    open_video,
    parse_source,
    rgb,
)

from .support import moving_square, rtsp_server, truncate, write_video


def read(text: str) -> tuple[int, float]:
    """Return the number of frames of a source and its seconds."""
    with open_video(parse_source(text), 5, 5) as video:
        return sum(1 for _ in video.frames()), video.seconds


def refusal(text: str) -> SourceError:
    """Return why a source cannot be read."""
    with pytest.raises(SourceError) as caught:
        read(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("rtsp://camera/stream", Kind.LIVE),
        ("RTSPS://me:p%40ss@camera:322/stream?channel=1", Kind.LIVE),
        ("https://camera/video.mjpg", Kind.LIVE),
        ("/media/scene.mp4", Kind.FILE),
        ("loop:/media/scene.mp4", Kind.LOOP),
    ],
)
def test_sources_are_told_apart(text: str, kind: Kind) -> None:
    source = parse_source(text)
    assert source.kind is kind
    assert source.text == text
    assert "p%40ss" not in repr(source)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "ftp://host/x",
        "rtsp://",
        "rtsp://host:port/x",
        "rtsp://h/a b",
        "/a\nb",
        "udp://@:1",
    ],
)
def test_unusable_sources_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is "):
        parse_source(text)


def test_a_refusal_does_not_repeat_the_password() -> None:
    with pytest.raises(ValueError, match="allowed are") as caught:
        parse_source("rtsp://me:hidden@camera:99999/x")
    assert "hidden" not in str(caught.value)


def test_a_file_is_read_to_its_end(video: Path) -> None:
    frames, seconds = read(str(video))
    assert frames == 64
    assert seconds == pytest.approx(4.0, abs=0.01)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "avi", "ts"])
def test_times_rise_from_zero_in_every_container(tmp_path: Path, suffix: str) -> None:
    path = write_video(tmp_path / f"square.{suffix}", 1.0)
    with open_video(Source(Kind.FILE, str(path))) as video:
        times = [at for _, at in video.frames()]
        assert not video.is_truncated
    assert times == pytest.approx([index / 16 for index in range(16)], abs=0.002)


def test_a_text_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("not a video\n" * 1000)
    assert refusal(str(path)).reason is Reason.NOT_VIDEO


def test_noise_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "noise.h264"
    path.write_bytes(np.random.default_rng(0).bytes(1 << 16))
    assert refusal(str(path)).reason is Reason.NOT_VIDEO


def test_sound_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "sound.mp4"
    with av.open(path, "w") as container:
        stream = container.add_stream("aac", rate=16000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        sound.sample_rate = 16000
        container.mux(stream.encode(sound))
        container.mux(stream.encode())
    assert refusal(str(path)).reason is Reason.NOT_VIDEO


def test_an_unknown_encoding_is_no_video(tmp_path: Path, video: Path) -> None:
    strange = tmp_path / "strange.mp4"
    strange.write_bytes(video.read_bytes().replace(b"avc1", b"zz!1"))
    assert refusal(str(strange)).reason is Reason.NOT_VIDEO


@pytest.mark.parametrize("name", ["missing.mp4", ".", "/dev/zero"])
def test_what_is_no_file_is_unreachable(tmp_path: Path, name: str) -> None:
    assert refusal(str(tmp_path / name)).reason is Reason.UNREACHABLE


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_a_missing_end_is_noticed(tmp_path: Path, suffix: str) -> None:
    options = {"movflags": "faststart"} if suffix == "mp4" else {}
    path = write_video(tmp_path / f"cut.{suffix}", 6.0, options=options)
    truncate(path, 0.6)
    with open_video(Source(Kind.FILE, str(path))) as video:
        frames = sum(1 for _ in video.frames())
        assert 10 < frames < 90
        assert video.is_truncated or video.damaged


def test_a_playlist_in_a_file_is_not_followed(tmp_path: Path, video: Path) -> None:
    path = tmp_path / "list.m3u8"
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{video}\n#EXT-X-ENDLIST\n")
    assert refusal(str(path)).reason is Reason.NOT_VIDEO


class Web(HTTPServer):
    """Serves a few files over HTTP, some only to those who know the password."""

    def __init__(self, pages: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pages = pages
        self.asked: list[str] = []


class _Handler(BaseHTTPRequestHandler):
    server: Web

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        body = self.server.pages.get(self.path)
        status = 404 if body is None else 200
        if self.path.startswith("/private") and self.headers["Authorization"] != "Basic bWU6cHc=":
            status = 401
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="camera"')
        if self.path.endswith(".mjpg"):
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.send_header("Content-Length", str(len(body or b"") if status == 200 else 0))
        self.end_headers()
        if status == 200 and body is not None:
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


def _multipart(count: int) -> bytes:
    """Return pictures as simple cameras send them, one after the other."""
    content = b""
    for index in range(count):
        picture = cv2.imencode(".jpg", moving_square(index))[1].tobytes()
        length = len(picture)
        content += b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % length
        content += picture + b"\r\n"
    return content


@pytest.fixture
def web(video: Path) -> Iterator[Web]:
    """Serve a video, a playlist of it, and a playlist of the file that it came from."""
    content = write_video(video.with_suffix(".ts"), 1.0).read_bytes()
    playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{}\n#EXT-X-ENDLIST\n"
    server = Web(
        {
            "/video.ts": content,
            "/private/video.ts": content,
            "/good.m3u8": playlist.format("video.ts").encode(),
            "/pictures.mjpg": _multipart(3),
            "/evil.m3u8": playlist.format(f"file://{video.with_suffix('.ts')}").encode(),
        }
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_http_is_read(web: Web) -> None:
    port = web.server_port
    assert read(f"http://127.0.0.1:{port}/video.ts")[0] == 16
    assert read(f"http://me:pw@127.0.0.1:{port}/private/video.ts")[0] == 16
    assert read(f"http://127.0.0.1:{port}/good.m3u8")[0] == 16


def test_pictures_without_time_stamps_have_no_made_up_ones(web: Web) -> None:
    source = parse_source(f"http://127.0.0.1:{web.server_port}/pictures.mjpg")
    with open_video(source, 5, 5) as video:
        assert [at for _, at in video.frames()] == [None] * 3


def test_a_playlist_from_the_network_cannot_read_local_files(web: Web) -> None:
    refusal(f"http://127.0.0.1:{web.server_port}/evil.m3u8")
    assert web.asked[0] == "/evil.m3u8"


def test_http_errors_have_their_reason(web: Web) -> None:
    port = web.server_port
    assert refusal(f"http://127.0.0.1:{port}/none").reason is Reason.UNREACHABLE
    error = refusal(f"http://me:wrong@127.0.0.1:{port}/private/video.ts")
    assert error.reason is Reason.UNAUTHORIZED
    assert "wrong" not in str(error)


def test_a_stream_without_key_frames_goes_on_after_a_rest(
    video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tinyact_edge.source._WAITED_SECONDS", -1.0)  # each packet was waited for
    monkeypatch.setattr("tinyact_edge.source._BLIND_SECONDS", 0.0)
    with open_video(parse_source(str(video))) as stream:
        frames = stream.frames()
        next(frames)
        stream.catch_up(rest=1e-6)  # the first frame was the only key frame
        assert sum(1 for _ in frames) > 30


@pytest.mark.parametrize(("turn", "corner"), [(90, (3, -4)), (180, (-4, -4)), (270, (-4, 3))])
def test_a_phone_recording_is_seen_upright(
    turn: int, corner: tuple[int, int], tmp_path: Path
) -> None:
    """`turn` is clockwise; what was filmed has a white corner at the top left."""
    path = tmp_path / "phone.mp4"
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=8)
        stream.width, stream.height, stream.pix_fmt = 64, 32, "yuv420p"
        picture = np.zeros((32, 64, 3), np.uint8)
        picture[:8, :8] = 255
        container.mux(stream.encode(av.VideoFrame.from_ndarray(picture)))
        container.mux(stream.encode())
    content = bytearray(path.read_bytes())
    # The matrix of ISO/IEC 14496-12, 8.3.2: sixteen bits after the point, but for its last column.
    cos, sin = {90: (0, 1), 180: (-1, 0), 270: (0, -1)}[turn]
    at = content.index(b"tkhd") + 4 + 40
    matrix = [cos << 16, sin << 16, 0, -sin << 16, cos << 16, 0, 0, 0, 1 << 30]
    content[at : at + 36] = struct.pack(">9i", *matrix)
    path.write_bytes(content)
    with open_video(parse_source(str(path))) as video:
        ((frame, _),) = video.frames()
    for shown in (rgb(frame)[..., 0], gray(frame)):
        assert shown.shape == ((32, 64) if turn == 180 else (64, 32))
        assert shown[corner] > 200
        assert shown[0, 0] < 50


def test_rtsp_is_read(video: Path) -> None:
    with (
        rtsp_server(video) as port,
        open_video(parse_source(f"rtsp://127.0.0.1:{port}/camera"), 5, 5) as stream,
    ):
        frame, _ = next(stream.frames())
    assert (frame.width, frame.height) == (320, 180)


def test_rtsp_asks_for_a_password(video: Path) -> None:
    with rtsp_server(video, credentials=("me", "pw")) as port:
        with open_video(parse_source(f"rtsp://me:pw@127.0.0.1:{port}/camera"), 5, 5) as stream:
            next(stream.frames())
        error = refusal(f"rtsp://me:wrong@127.0.0.1:{port}/camera")
    assert error.reason is Reason.UNAUTHORIZED
    assert "wrong" not in str(error)


def test_nobody_answers() -> None:
    error = refusal(f"rtsp://me:hidden@127.0.0.1:{free_port()}/camera")
    assert error.reason is Reason.UNREACHABLE
    assert "hidden" not in str(error)


@pytest.mark.parametrize("pixels", ["yuv420p", "rgb24", "yuv420p10le", "nv12", "yuyv422"])
def test_luma_is_thinned_out_brightness(pixels: str) -> None:
    image = np.zeros((360, 640, 3), np.uint8)
    image[:, 320:] = 255
    frame = av.VideoFrame.from_ndarray(image, "rgb24").reformat(format=pixels)
    found = luma(frame)
    assert found.shape == (90, 160)
    assert found.dtype == np.uint8
    assert found[:, :78].max() < 20
    assert found[:, 82:].min() > 230


def test_large_pictures_are_made_smaller() -> None:
    frame = av.VideoFrame.from_ndarray(moving_square(0.0), "rgb24")
    assert rgb(frame).shape == (180, 320, 3)
    assert rgb(frame, longest=160).shape == (90, 160, 3)


@pytest.mark.parametrize(
    "pixels", ["yuv420p", "yuvj420p", "rgb24", "yuv420p10le", "nv12", "yuyv422", "gray"]
)
@pytest.mark.parametrize(("longest", "size"), [(640, (180, 320)), (160, (90, 160))])
def test_gray_is_brightness_from_black_to_white(
    pixels: str, longest: int, size: tuple[int, int]
) -> None:
    shades = np.linspace(0, 255, 320).astype(np.uint8)
    image = np.repeat(np.tile(shades, (180, 1))[..., None], 3, 2)
    frame = av.VideoFrame.from_ndarray(image, "rgb24").reformat(format=pixels)
    found = gray(frame, longest)
    assert found.shape == size
    assert found.dtype == np.uint8
    assert found.flags.c_contiguous
    expected = cv2.resize(image[..., 0], size[::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(found.astype(int) - expected).max() <= 3


def test_gray_of_a_frame_that_says_it_has_the_full_range_is_its_luma() -> None:
    frame = av.VideoFrame.from_ndarray(np.full((90, 160), 20, np.uint8), "gray")
    frame = frame.reformat(format="yuv420p", dst_color_range="JPEG")
    frame.color_range = 2
    assert abs(int(gray(frame)[0, 0]) - 20) <= 1
