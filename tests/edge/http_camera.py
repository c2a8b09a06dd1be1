"""A camera that speaks HTTP: pictures without end (MJPEG), or a transport stream whose time leaps.

Ours, for lack of a server of somebody else's that does this; what it sends is what cameras send.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
import hashlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import io
from itertools import count
import re
import secrets
import threading
import time
from typing import Literal

import av
import cv2

from .support import moving_square

FPS = 16
_REALM = "camera"


class HttpCamera(ThreadingHTTPServer):
    """Serves /mjpeg and /leaps as fast as a camera does, to those who know the password."""

    daemon_threads = True

    def __init__(
        self, auth: Literal["basic", "digest"] | None, user: str, password: str, leap: float
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.auth = auth
        self.user, self.password = user, password
        self.leap = leap  # seconds by which the time stamps of /leaps rise after each second
        self.nonce = secrets.token_hex(8)

    def lets_in(self, authorization: str) -> bool:
        """Tell whether a request's header proves that it may see."""
        if self.auth is None:
            return True
        if self.auth == "basic":
            return authorization == "Basic bWU6cHc="
        said = dict(re.findall(r'(\w+)="?([^",]+)"?', authorization))
        ours = _md5(f"{self.user}:{_REALM}:{self.password}")
        theirs = _md5(f"GET:{said.get('uri')}")
        shared = [said.get(name, "") for name in ("nonce", "nc", "cnonce", "qop")]
        return said.get("response") == _md5(":".join([ours, *shared, theirs]))


class _Handler(BaseHTTPRequestHandler):
    server: HttpCamera

    def do_GET(self) -> None:
        if not self.server.lets_in(self.headers.get("Authorization", "")):
            self.send_response(401)
            kind = 'Basic realm="camera"'
            if self.server.auth == "digest":
                kind = f'Digest realm="{_REALM}", nonce="{self.server.nonce}", qop="auth"'
            self.send_header("WWW-Authenticate", kind)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        parts = {"/mjpeg": _mjpeg(), "/leaps": _leaps(self.server.leap)}[self.path]
        if self.path == "/mjpeg":
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        began = time.monotonic()
        with suppress(OSError):
            for index, part in enumerate(parts):
                time.sleep(max(0.0, began + index / FPS - time.monotonic()))
                self.wfile.write(part)

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


def _mjpeg() -> Iterator[bytes]:
    for index in count():
        picture = cv2.imencode(".jpg", moving_square(index / FPS))[1].tobytes()
        head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
        yield head.encode() + picture + b"\r\n"


def _leaps(leap: float) -> Iterator[bytes]:
    """Yield MPEG-TS, a frame at a time, whose time stamps leap once a second."""
    sink = io.BytesIO()
    with av.open(sink, "w", format="mpegts") as container:
        options = {"preset": "ultrafast", "tune": "zerolatency", "g": str(FPS)}
        stream = container.add_stream("libx264", rate=FPS, options=options)
        stream.height, stream.width = moving_square(0.0).shape[:2]
        for index in count():
            image = av.VideoFrame.from_ndarray(moving_square(index / FPS), "rgb24")
            for packet in stream.encode(image):
                packet.pts += round(index // FPS * leap / packet.time_base)
                packet.dts = packet.pts
                container.mux(packet)
            yield sink.getvalue()
            sink.seek(0)
            sink.truncate()


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324 (what the protocol asks for)


@contextmanager
def http_camera(
    auth: Literal["basic", "digest"] | None = None, *, leap: float = 0.0
) -> Iterator[int]:
    """Run a camera whose user is `me` with the password `pw`; yield its port."""
    server = HttpCamera(auth, "me", "pw", leap)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
