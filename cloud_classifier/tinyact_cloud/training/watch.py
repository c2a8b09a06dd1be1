"""Run videos through the edge's own stages, in as many processes as wanted."""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tqdm import tqdm

from tinyact_edge.bundle import Bundle, BundleError, load_bundle
from tinyact_edge.recognize import Recording, VideoRecognizer
from tinyact_edge.source import SourceError

from .options import UserError
from .pool import spread


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
    """Yield each of `videos`, as soon as it is done, with what the edge finds in it.

    Shows progress on stderr. A video that cannot be read is yielded as Unreadable. Raises
    PoseFilesError where the bundle needs the pose networks and they are missing, and UserError when
    its own networks cannot be loaded or a worker process dies.
    """
    with closing(spread(partial(_looker, bundle), videos, workers)) as seen:
        yield from tqdm(seen, desc="videos", unit="video", total=len(videos))


def _looker(bundle: Bundle) -> Callable[[Path], Recording | Unreadable]:
    try:
        return partial(_look, VideoRecognizer(bundle))
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
