"""Encode many videos by a pool of workers, each with an encoder of its own: Ray actors.

This process alone writes, so the machines of a cluster share nothing but the videos.
"""

import argparse
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
import logging
import os
from pathlib import Path
import socket
from typing import Any, Protocol
from urllib.parse import urlsplit

import av
import numpy as np
from numpy.typing import NDArray
import ray
from ray.exceptions import RayActorError
from tqdm import tqdm

from tinyact_cloud.bundle import LATENT_SIZE
from tinyact_edge.source import SourceError

from .options import UserError
from .shards import Shard, ShardFolder

_STORE = 100 * 1024**2  # bytes; only latents and lists of paths pass through it
_PATIENCE = 10.0  # seconds
_TRIES = 3
_LOST = "its worker ended each time it was tried"


class Encoder(Protocol):
    """Anything that turns clips into latents."""

    def encode(self, clips: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return latents float32 [N, 1024] of clips uint8 [N, T, H, W, 3]."""
        ...


# Run in a worker: make its encoder; read a video's clip, uint8 [T, H, W, 3].
LoadEncoder = Callable[[], Encoder]
ReadClip = Callable[[Path], NDArray[np.uint8]]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where to work: on the Ray cluster at `address`, or without one on this machine.

    `workers` is how many encoders; without it, one for each core.
    """

    address: str | None = None
    workers: int | None = None


def add_cluster(parser: argparse.ArgumentParser) -> None:
    """Add the options of a Cluster."""
    parser.add_argument(
        "--ray-address", metavar="ADDR", help="a Ray cluster to work on (default: this machine)"
    )
    parser.add_argument("--workers", type=int, help="how many encoders (default: one a core)")


def chosen_cluster(options: argparse.Namespace) -> Cluster:
    """Return the Cluster that the options mean. Raises UserError."""
    if options.workers is not None and options.workers < 1:
        raise UserError("--workers must be at least 1.")
    return Cluster(options.ray_address, options.workers)


def encode_shards(
    folder: ShardFolder,
    shards: Sequence[Shard],
    load: LoadEncoder,
    read: ReadClip,
    cluster: Cluster,
) -> None:
    """Encode `shards` and write each as soon as all of it is done.

    A worker that is killed is replaced, and what it had in hand is done again video by video, so
    that one video that ends its worker each time costs only itself.
    """
    if not shards:
        return
    todo = deque(_Task(_Outcome(shard), tuple(range(len(shard.videos)))) for shard in shards)
    videos = sum(len(shard.videos) for shard in shards)
    with (
        _ray(cluster, len(shards)) as workers,
        tqdm(total=videos, desc="latents", unit="video") as bar,
    ):
        for outcome, count in _work(todo, partial(_new_worker, load, read), workers):
            bar.update(count)
            if outcome.is_complete:
                folder.write(outcome.shard, {"latent": outcome.stacked}, outcome.failures)


@dataclass(slots=True)
class _Outcome:
    """What is known of a shard's videos so far, by their place in it."""

    shard: Shard
    latents: dict[int, NDArray[np.float16]] = field(default_factory=dict)
    failures: dict[int, str] = field(default_factory=dict)

    def add(self, place: int, result: NDArray[np.float16] | str) -> None:
        if isinstance(result, str):
            self.failures[place] = result
        else:
            self.latents[place] = result

    @property
    def is_complete(self) -> bool:
        return len(self.latents) + len(self.failures) == len(self.shard.videos)

    @property
    def stacked(self) -> NDArray[np.float16]:
        rows = [self.latents[at] for at in sorted(self.latents)]
        return np.stack(rows) if rows else np.empty((0, LATENT_SIZE), np.float16)


@dataclass(frozen=True, slots=True)
class _Task:
    """Videos of a shard, by their place in it, that one worker has in hand."""

    outcome: _Outcome
    places: tuple[int, ...]
    tries: int = 1

    @property
    def paths(self) -> list[Path]:
        return [self.outcome.shard.videos[at].path.absolute() for at in self.places]

    def again(self) -> Iterator["_Task"]:
        """Yield what to try after the worker was lost."""
        for at in self.places:
            yield _Task(self.outcome, (at,), self.tries + 1)


class _Worker:
    """A Ray actor that has an encoder."""

    def __init__(self, load: LoadEncoder, read: ReadClip) -> None:
        self._encoder = load()
        self._read = read

    def encode(self, paths: Sequence[Path]) -> list[NDArray[np.float16] | str]:
        """Return for each video its latent float16 [1024], or why it has none."""
        return [self._latent(path) for path in paths]

    def _latent(self, path: Path) -> NDArray[np.float16] | str:
        try:
            clip = self._read(path)
        except (SourceError, av.FFmpegError, OSError, ValueError) as error:
            return str(error)
        return np.asarray(self._encoder.encode(clip[None])[0], np.float16)


def _work(
    todo: deque[_Task], new_worker: Callable[[], Any], workers: int
) -> Iterator[tuple[_Outcome, int]]:
    """Do all tasks; yield each outcome that has grown, and by how many videos."""
    idle = [new_worker() for _ in range(workers)]
    running: dict[Any, tuple[Any, _Task]] = {}
    while todo or running:
        while idle and todo:
            worker, task = idle.pop(), todo.popleft()
            running[worker.encode.remote(task.paths)] = (worker, task)
        (done,), _ = ray.wait(list(running))
        worker, task = running.pop(done)
        try:
            results = ray.get(done)
        except RayActorError:
            worker = new_worker()
            if task.tries < _TRIES:
                todo.extendleft(task.again())
                results = []
            else:
                results = [_LOST] * len(task.places)
        idle.append(worker)
        for at, result in zip(task.places, results, strict=False):
            task.outcome.add(at, result)
        if results:
            yield task.outcome, len(results)


def _new_worker(load: LoadEncoder, read: ReadClip) -> Any:
    return ray.remote(num_cpus=1)(_Worker).remote(load, read)


@contextmanager
def _ray(cluster: Cluster, most: int) -> Iterator[int]:
    """Use the cluster, or a small one that ends with this; yield how many workers it shall have."""
    local: dict[str, Any] = {
        "include_dashboard": False,
        "object_store_memory": _STORE,
        "num_cpus": cluster.workers or os.cpu_count(),
    }
    if cluster.address:
        _check_address(cluster.address)
    # Nothing is reported to Ray's makers.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    try:
        ray.init(
            address=cluster.address or "local",
            log_to_driver=False,
            logging_level=logging.ERROR,
            **({} if cluster.address else local),
        )
    except ConnectionError as error:
        raise UserError(
            f"The Ray cluster at {cluster.address} lets nobody in; if it wants a token, set "
            f"RAY_AUTH_MODE=token as on its machines. It says: {error}"
        ) from error
    try:
        yield min(most, cluster.workers or _cores())
    finally:
        ray.shutdown()


def _check_address(address: str) -> None:
    """Raise UserError when nothing answers: Ray would try for minutes, and then end the process."""
    place = urlsplit(address if "://" in address else f"//{address}")
    if place.port is None:  # "auto"
        return
    try:
        socket.create_connection((place.hostname or "", place.port), _PATIENCE).close()
    except OSError as error:
        raise UserError(f"No Ray cluster answers at {address}: {error}") from error


def _cores() -> int:
    """Return how many cores the cluster has."""
    resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
    return max(1, int(resources.get("CPU", 1)))
