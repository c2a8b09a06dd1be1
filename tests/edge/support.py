"""What the edge's tests are made of: tiny real models, small real videos, a real RTSP server."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
import hashlib
import json
from pathlib import Path
import queue
import subprocess
from typing import TypeVar

import av
import numpy as np
from numpy.typing import NDArray
import onnx
from onnx import TensorProto, helper, numpy_helper

from tinyact_edge.bundle import ClipSpec
from tinyact_edge.person import Person
from tinyact_edge.source import rgb
from tinyact_edge.view import BodyClips, View

T = TypeVar("T")

LATENT = 1024
RTSP_SERVER = Path(__file__).parents[1] / "rtsp_server.py"
WAIT = 60.0  # seconds after which a test fails that waits for something


def write_bundle(
    folder: Path, labels: tuple[str, ...] = ("none", "fall"), view: str = "body"
) -> Path:
    """Write a bundle whose networks are real ONNX files, but tiny and untrained.

    The encoder spreads a clip's mean brightness over the latent; by the head, an empty clip shows
    the first label as likely as any other, and a drawn body, or what moves, the last one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(_encoder(), folder / "encoder.onnx")
    onnx.save(_head(len(labels)), folder / "head_rf.onnx")
    files = {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in ("encoder.onnx", "head_rf.onnx")
    }
    manifest = {
        "format": 3,
        "name": "tiny",
        "version": "1",
        "encoder": files["encoder.onnx"],
        "input": {
            "view": view,
            "frames": 16,
            "height": 64,
            "width": 64,
            "channels": 3,
            "fps": 8,
            "hop": 4,
        },
        "latent": {"size": LATENT},
        "labels": labels,
        "thresholds": {},
        "default_head": "rf",
        "heads": {"rf": "head_rf.onnx"},
        "temperature": {"rf": 1.0},
        "metrics": {},
        "data": [],
        "files": files,
    }
    (folder / "tinyact-model.json").write_text(json.dumps(manifest))
    return folder


def _encoder() -> onnx.ModelProto:
    spread = np.linspace(-1, 1, LATENT, dtype=np.float32)[None]
    graph = helper.make_graph(
        [
            helper.make_node("Cast", ["clip"], ["float"], to=TensorProto.FLOAT),
            helper.make_node("Flatten", ["float"], ["flat"]),
            helper.make_node("ReduceMean", ["flat", "axis"], ["mean"], keepdims=1),
            helper.make_node("MatMul", ["mean", "spread"], ["latent"]),
        ],
        "encoder",
        [helper.make_tensor_value_info("clip", TensorProto.UINT8, ["n", 16, 64, 64, 3])],
        [helper.make_tensor_value_info("latent", TensorProto.FLOAT, ["n", LATENT])],
        [
            numpy_helper.from_array(spread, "spread"),
            numpy_helper.from_array(np.array([1], np.int64), "axis"),
        ],
    )
    return _model(graph)


def _head(labels: int) -> onnx.ModelProto:
    weights = np.zeros((LATENT, labels), np.float32)
    weights[-1] = np.linspace(0, 1, labels)
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["latent", "weights"], ["logits"]),
            helper.make_node("Softmax", ["logits"], ["probabilities"]),
        ],
        "head",
        [helper.make_tensor_value_info("latent", TensorProto.FLOAT, ["n", LATENT])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", labels])],
        [numpy_helper.from_array(weights, "weights")],
    )
    return _model(graph)


def _model(graph: onnx.GraphProto) -> onnx.ModelProto:
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def moving_square(second: float) -> NDArray[np.uint8]:
    """Draw a bright square that crosses a grey room in four seconds, over and over."""
    image = np.full((180, 320, 3), 90, np.uint8)
    left = int(second / 4 % 1 * 280)
    image[60:130, left : left + 40] = 230
    return image


def still_room(_second: float) -> NDArray[np.uint8]:
    """Draw the room without the square, but with something to see."""
    image = np.full((180, 320, 3), 90, np.uint8)
    image[20:50, 30:90] = 160
    return image


def write_video(
    path: Path,
    seconds: float = 4.0,
    draw: Callable[[float], NDArray[np.uint8]] = moving_square,
    *,
    fps: int = 16,
    options: dict[str, str] | None = None,
) -> Path:
    """Write a video of what `draw` returns for each time, H.264."""
    with av.open(path, "w", options=options or {}) as container:
        stream = container.add_stream("libx264", rate=fps, options={"preset": "ultrafast"})
        image = draw(0.0)
        stream.height, stream.width = image.shape[:2]
        stream.pix_fmt = "yuv420p"
        for index in range(round(seconds * fps)):
            frame = av.VideoFrame.from_ndarray(draw(index / fps), "rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def truncate(path: Path, share: float) -> Path:
    """Cut a file's end off."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    return path


@contextmanager
def rtsp_server(
    video: Path, port: int = 0, credentials: tuple[str, str] | None = None, *flags: str
) -> Iterator[int]:
    """Serve `video` as rtsp://127.0.0.1:PORT/camera with GStreamer; yield the port.

    `flags` are those of tests/rtsp_server.py.
    """
    command = ["/usr/bin/python3", str(RTSP_SERVER), "--port", str(port), *flags]
    command.append(f"camera={video}")
    if credentials:
        command += ["--user", credentials[0], "--password", credentials[1]]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            ready = process.stdout.readline() if process.stdout else ""
            if not ready.startswith("ready "):
                raise RuntimeError(f"the RTSP server does not run: {command}")
            yield int(ready.split()[1])
        finally:
            process.kill()


class StubTracker:
    """Sees one upright person in the middle of every picture.

    Stands for BlazePose, which would need a picture of a real person: these tests are about what
    happens around it.
    """

    squares: tuple[()] = ()

    def update(self, image: NDArray[np.uint8], at: float) -> list[Person]:
        """Return the person, swaying with time."""
        height, width = image.shape[:2]
        landmarks = np.ones((33, 4), np.float32)
        landmarks[:, 0] = width / 2 + np.linspace(-20, 20, 33) + at % 1
        landmarks[:, 1] = np.linspace(height * 0.2, height * 0.8, 33)
        return [Person(1, landmarks)]

    def reset(self) -> None:
        """Have nothing to forget."""


def stub_view(spec: ClipSpec) -> View:
    """Return the view `body` with somebody always in it."""
    return View(rgb, lambda: BodyClips(StubTracker(), spec))


def wait_for(items: queue.Queue[T], wanted: Callable[[T], bool] = lambda _: True) -> T:
    """Return the first wanted item that a thread puts. Raises queue.Empty after a long time."""
    while True:
        item = items.get(timeout=WAIT)
        if wanted(item):
            return item
