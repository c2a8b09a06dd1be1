"""Time the classifier service on one core, beside aiohttp's own echo and sklearn's predict.

script/bench cloud [--json] [--rounds 5] [--seconds 1] [--write FILE]. The server has one core, the
load generator another; servers take turns, and every figure is the median of the rounds. Tokens are
checked as always; only the rate that one of them may ask for is lifted.
"""

import argparse
import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from importlib.metadata import version
import json
import os
from pathlib import Path
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

import msgpack
import numpy as np
from numpy.typing import NDArray

from tinyact_cloud.bundle import DEFAULT_BUNDLE, HEAD_KINDS, HeadKind, load_bundle
from tinyact_cloud.learning.examples import Examples
from tinyact_cloud.learning.heads import FAMILIES
from tinyact_cloud.learning.trials import Base, Material, fit
from tinyact_cloud.service.auth import create_token
from tinyact_cloud.service.database import Database
from tinyact_cloud.service.head import Head
from tinyact_demo.processes import free_port

from .load import load, post
from .page import fill

_PATH = "/v1/classify"
_BATCH = 256
_UNLIMITED = "100000000"
_SERVER, _CLIENT = 0, 1  # cores
_PACKAGES = ("aiohttp", "uvloop", "numpy", "onnxruntime", "scikit-learn", "xgboost")
_ECHOES = {"echo": "asyncio", "echo_uvloop": "uvloop"}
# Seconds that a site is watched in the fairness figures: a hundred answers and a few.
_WATCHED = 12.0


def main() -> None:
    """Measure and print; fill the table in a page if one is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print all figures as JSON")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each measurement")
    parser.add_argument("--write", type=Path, metavar="FILE", help="a page whose table to fill")
    options = parser.parse_args()
    if len(os.sched_getaffinity(0)) < 2:  # noqa: PLR2004
        raise SystemExit("bench: the server needs one core and the load another; there is one.")
    figures = measure(options.rounds, options.seconds)
    print(json.dumps(figures) if options.json else _table(figures))
    if options.write:
        fill(options.write, "cloud", _table(figures))


def measure(rounds: int, seconds: float) -> dict[str, Any]:
    """Return all figures, by the names that docs/performance.md explains."""
    busy = os.getloadavg()[0]
    os.sched_setaffinity(0, {_CLIENT})
    latents, scales, labels = _latents()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        token, other = asyncio.run(_tokens(folder))
        encoder = load_bundle().encoder
        single = _requests(encoder, latents, scales, 1, 2000, token)
        batched = _requests(encoder, latents, scales, _BATCH, 16, token)
        ports: dict[str, int] = {
            kind: stack.enter_context(
                _running(
                    *("-m", "tinyact_cloud", "serve", "--port", "0", "--head", kind),
                    *("--data", str(folder), "--rate", _UNLIMITED),
                )
            )
            for kind in HEAD_KINDS
        }
        size = _answer_size(ports["logistic"], single[0])
        # Plain aiohttp, and on the loop that the service has.
        for name, loop in _ECHOES.items():
            ports[name] = stack.enter_context(_echo(size, loop))
        taken: dict[str, list[float]] = {}

        def note(name: str, value: float) -> None:
            taken.setdefault(name, []).append(value)

        for port in ports.values():  # what is done once only
            load(port, single, 32, seconds / 4)
        for _ in range(rounds):
            for name, port in ports.items():
                many = load(port, single, 32, seconds)
                note(f"{name}.rps" if name in _ECHOES else f"{name}.rps_32", many.rps)
                note(f"{name}.p50_ms_32", many.p50_ms)
                note(f"{name}.p99_ms_32", many.p99_ms)
                alone = load(port, single, 1, seconds)
                note(f"{name}.p50_ms_single", alone.p50_ms)
                note(f"{name}.p99_ms_single", alone.p99_ms)
                if name not in _ECHOES:
                    heap = load(port, batched, 4, seconds)
                    note(f"{name}.latents_per_s_batched", heap.rps * _BATCH)
                    note(f"{name}.p50_ms_batched", heap.p50_ms)
                    note(f"{name}.p99_ms_batched", heap.p99_ms)
            for kind in HEAD_KINDS:
                # Within a round: what else the machine does slows both alike.
                share = taken[f"{kind}.rps_32"][-1] / taken["echo.rps"][-1]
                note(f"{kind}.ratio_echo_32", share)
        quiet = _requests(encoder, latents, scales, 1, 100, other)
        for name, value in _fairness(ports["logistic"], single, quiet):
            note(name, value)
    figures: dict[str, Any] = {name: statistics.median(found) for name, found in taken.items()}
    for kind in HEAD_KINDS:
        figures[f"{kind}.size_mb"] = len(load_bundle().head(kind).content) / 1e6
        theirs, ours = _against_sklearn(kind, latents, scales, labels)
        figures[f"{kind}.sklearn_ms_single"], figures[f"{kind}.head_ms_single"] = theirs, ours
        figures[f"{kind}.ratio_sklearn_single"] = theirs / ours
        figures[f"{kind}.ratio_taught_batched"] = _taught_speed(kind, latents, scales)
    return {
        **{name: round(value, 4) for name, value in sorted(figures.items())},
        "rounds": {name: len(found) for name, found in taken.items()},
        "machine": f"{_processor()}, {os.cpu_count()} cores",
        "load": busy,
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in _PACKAGES},
        },
    }


def _processor() -> str:
    """Return what Linux calls the processor."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def _latents() -> tuple[NDArray[np.int8], NDArray[np.float32], NDArray[np.int64]]:
    """Return the bundle's base latents: int8 [M, 1024], their scales [M] and labels [M]."""
    with np.load(DEFAULT_BUNDLE / "base_latents.npz", allow_pickle=False) as file:
        return file["latents"], file["scale"], file["labels"].astype(np.int64)


async def _tokens(folder: Path) -> tuple[str, str]:
    """Make tokens of two sites in a new database."""
    database = await Database.open(folder)
    tokens = await create_token(database, "one"), await create_token(database, "two", "other")
    await database.close()
    return tokens


def _requests(
    encoder: str,
    latents: NDArray[np.int8],
    scales: NDArray[np.float32],
    size: int,
    count: int,
    token: str,
) -> list[bytes]:
    """Return requests of `size` latents each, as an edge sends them."""
    rng = np.random.default_rng(0)
    made = []
    for _ in range(count):
        items = [
            {
                "camera": "kitchen",
                "latent": latents[row].tobytes(),
                "scale": float(scales[row]),
            }
            for row in rng.integers(0, len(latents), size).tolist()
        ]
        body = msgpack.packb({"encoder": encoder, "items": items}, use_single_float=True)
        made.append(post(_PATH, body, token))
    return made


def _fairness(
    port: int, flood: Sequence[bytes], own: Sequence[bytes]
) -> Iterator[tuple[str, float]]:
    """Yield how long one site waits, alone and while another floods over 200 connections."""
    alone = load(port, own, 1, _WATCHED, pause=0.1)
    other = os.fork()
    if not other:
        try:
            os.nice(19)  # who is watched shares its core, and shall not wait for that
            load(port, flood, 200, _WATCHED + 3)
        finally:
            os._exit(0)
    time.sleep(1.0)
    flooded = load(port, own, 1, _WATCHED, pause=0.1)
    os.waitpid(other, 0)
    for name, waited in (("alone", alone), ("flooded", flooded)):
        yield f"fairness.p50_ms_{name}", waited.p50_ms
        yield f"fairness.p99_ms_{name}", waited.p99_ms


def _against_sklearn(
    kind: HeadKind,
    latents: NDArray[np.int8],
    scales: NDArray[np.float32],
    labels: NDArray[np.int64],
) -> tuple[float, float]:
    """Return how long the library's own model takes for one latent, and the head, in ms.

    The model is fitted as the head was, but to the latents that the bundle carries.
    """
    shown = (latents * scales[:, None]).astype(np.float32)
    _, classes = np.unique(labels, return_inverse=True)
    model = FAMILIES[kind].fit(shown, classes, np.ones(len(classes)), 0)
    bundle = load_bundle()
    head = Head(bundle.head(kind), len(bundle.labels))
    return _ms(model.predict_proba, shown), _ms(head.probabilities, shown)


def _taught_speed(kind: HeadKind, latents: NDArray[np.int8], scales: NDArray[np.float32]) -> float:
    """Return the latents a second of a head that was taught, as a share of the bundle's own.

    Full batches of both in turn, without HTTP. The taught one holds the own head beside one of
    `kind` that knows a new label (learning/composed.py).
    """
    shown = (latents * scales[:, None]).astype(np.float32)
    bundle = load_bundle()
    new = np.random.default_rng(0).permuted(shown[:20], axis=1)
    lesson = Examples(
        new, ("new",) * len(new), np.arange(len(new)) % 2 == 0, tuple(map(str, range(len(new))))
    )
    material = Material.of(Base.of(bundle), lesson, 0)
    content = fit(material, np.arange(len(material.classes)), kind, 0).export()
    own = bundle.head(kind)
    taught = replace(own, content=content, temperature=1.0)
    heads = Head(own, len(bundle.labels)), Head(taught, len(material.names))
    took: tuple[list[float], list[float]] = ([], [])
    for start in range(0, len(shown) - _BATCH, _BATCH):
        for head, times in zip(heads, took, strict=True):
            began = time.perf_counter()
            head.probabilities(shown[start : start + _BATCH])
            times.append(time.perf_counter() - began)
    return statistics.median(took[0]) / statistics.median(took[1])


def _ms(predict: Callable[[NDArray[np.float32]], Any], shown: NDArray[np.float32]) -> float:
    """Return the median milliseconds that `predict` takes for one row."""
    took = []
    for row in shown[:200]:
        began = time.perf_counter()
        predict(row[None])
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def _answer_size(port: int, request: bytes) -> int:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(request)
        head, _, _ = connection.recv(1 << 16).partition(b"\r\n\r\n")
    return int(head.partition(b"Content-Length: ")[2].split(b"\r\n", 1)[0])


@contextmanager
def _running(*command: str) -> Iterator[int]:
    """Run a server on its core; yield the port that it prints."""
    process = subprocess.Popen(  # noqa: S603 - our own service
        [sys.executable, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        preexec_fn=lambda: os.sched_setaffinity(0, {_SERVER}),  # noqa: PLW1509 - one thread here
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        port = line.rsplit(":", 1)[-1].strip(" /\n")
        if not port.isdigit():
            raise RuntimeError(f"{command[1]} did not start: {line!r}")
        yield int(port)
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _echo(size: int, loop: str) -> Iterator[int]:
    port = free_port()
    echo = Path(__file__).with_name("echo.py")
    command = [sys.executable, str(echo), str(port), str(size), loop]
    process = subprocess.Popen(  # noqa: S603 - our own echo
        command,
        stdout=subprocess.DEVNULL,
        preexec_fn=lambda: os.sched_setaffinity(0, {_SERVER}),  # noqa: PLW1509 - one thread here
    )
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the echo did not start")


def _table(figures: dict[str, Any]) -> str:
    """Return the figures as Markdown."""
    rows = [
        "| head | requests/s | of the echo's | batched | taught | p99 alone | sklearn | size |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    rows += [
        f"| {kind} | {figures[f'{kind}.rps_32']:.0f} | {figures[f'{kind}.ratio_echo_32']:.0%} "
        f"| {figures[f'{kind}.latents_per_s_batched']:.0f} "
        f"| {figures[f'{kind}.ratio_taught_batched']:.0%} "
        f"| {figures[f'{kind}.p99_ms_single']:.2f} ms "
        f"| {figures[f'{kind}.ratio_sklearn_single']:.0f} x | {figures[f'{kind}.size_mb']:.2f} MB |"
        for kind in HEAD_KINDS
    ]
    versions = ", ".join(f"{name} {version}" for name, version in figures["versions"].items())
    fairness = (
        f"The echo: {figures['echo.rps']:.0f} requests/s, and "
        f"{figures['echo_uvloop.rps']:.0f} on uvloop, which is the service's loop. A site that "
        f"asks ten times a second waits {figures['fairness.p50_ms_alone']:.1f} ms (p50) and "
        f"{figures['fairness.p99_ms_alone']:.1f} ms (p99) alone, "
        f"{figures['fairness.p50_ms_flooded']:.1f} and {figures['fairness.p99_ms_flooded']:.1f} ms "
        "while another floods the service over 200 connections."
    )
    circumstances = (
        f"{figures['machine']}, load {figures['load']:.1f} before; {versions}; medians of "
        f"{figures['rounds']['echo.rps']} rounds, fairness of one."
    )
    return "\n".join([*rows, "", fairness, "", circumstances])


if __name__ == "__main__":
    main()
