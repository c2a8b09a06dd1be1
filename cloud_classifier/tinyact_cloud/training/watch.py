"""Run videos through the edge's own stages, in as many processes as wanted."""

from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
import multiprocessing
from pathlib import Path

from tqdm import tqdm

from tinyact_edge import pose_files
from tinyact_edge.bundle import Bundle, BundleError, load_bundle
from tinyact_edge.recognize import Recording, VideoRecognizer
from tinyact_edge.source import SourceError

from .options import UserError


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A video of which nothing can be said, and why."""

    reason: str


def open_bundle(folder: Path) -> Bundle:
    """Return the bundle in `folder`. Raises UserError when there is none that can be used."""
    try:
        return load_bundle(folder)
    except BundleError as error:
        raise UserError(str(error)) from error


def watch(
    bundle: Bundle, videos: Sequence[Path], workers: int = 1
) -> Generator[tuple[Path, Recording | Unreadable]]:
    """Yield each of `videos`, in order, with what the edge finds in it; show progress on stderr.

    A video that cannot be read is yielded as Unreadable. Raises PoseFilesError without the pose
    networks, and UserError when the bundle's networks cannot be loaded or a worker process dies.
    """
    for name in pose_files.FILES:
        pose_files.find(name)  # a missing one is an error here, not in every worker
    if workers == 1:
        recognizer = _recognizer(bundle)
        results: Iterator[Recording | Unreadable] = (_look(recognizer, path) for path in videos)
        yield from _with_progress(videos, results)
        return
    pool = ProcessPoolExecutor(
        min(workers, max(1, len(videos))),
        # Forking a process in which OpenVINO has threads may lock it up.
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start_worker,
        initargs=(bundle,),
    )
    try:
        yield from _with_progress(videos, pool.map(_work, videos))
    except BrokenProcessPool as error:
        raise UserError("A worker process died, perhaps for memory: try fewer --workers") from error
    finally:
        pool.shutdown(cancel_futures=True)


def _with_progress(
    videos: Sequence[Path], results: Iterator[Recording | Unreadable]
) -> Iterator[tuple[Path, Recording | Unreadable]]:
    pairs = zip(videos, results, strict=True)
    yield from tqdm(pairs, desc="videos", unit="video", total=len(videos))


def _recognizer(bundle: Bundle) -> VideoRecognizer:
    try:
        return VideoRecognizer(bundle)
    except BundleError as error:
        raise UserError(str(error)) from error


def _look(recognizer: VideoRecognizer, video: Path) -> Recording | Unreadable:
    try:
        return recognizer.recognize(video)
    except SourceError as error:
        return Unreadable(str(error))
    except Exception as error:  # noqa: BLE001
        # Damaged files make the decoder's bindings raise nearly anything (a codec that is none, a
        # title that is no text), and one such file must not cost all the others.
        return Unreadable(f"{type(error).__name__}: {error}")


class _Worker:
    """What a worker process keeps from one video to the next."""

    recognizer: VideoRecognizer


def _start_worker(bundle: Bundle) -> None:
    _Worker.recognizer = _recognizer(bundle)


def _work(video: Path) -> Recording | Unreadable:
    return _look(_Worker.recognizer, video)
