"""Find the actions in a video file."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from .bundle import Bundle
from .classifier import LocalHead
from .encoder import Encoder
from .pipeline import ClipEncoder, Watch, encode, recognize, windows
from .recognizer import Action, Recognizer, Rules, Window
from .sampler import Sample, Sampler
from .source import Kind, Source, SourceError, luma, open_video
from .view import View, view_of


@dataclass(slots=True)
class Recording:
    """What was found in a video; all times are seconds in it."""

    seconds: float = 0.0
    frames: int = 0
    people: set[int] = field(default_factory=set)
    windows: list[Window] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    incomplete: str | None = None  # why the video was not read to its end


class VideoRecognizer:
    """Recognises actions in files with the parts that the service uses for cameras."""

    def __init__(
        self,
        bundle: Bundle,
        *,
        view: View | None = None,
        encoder: ClipEncoder | None = None,
        head: LocalHead | None = None,
    ) -> None:
        """Load the networks unless they are given. Raises BundleError or PoseFilesError."""
        self._bundle = bundle
        self._rules = Rules(hop=bundle.clip.hop / bundle.clip.fps)
        self._encoder = encoder or Encoder(bundle)
        self._head = head or LocalHead(bundle)
        self._view = view or view_of(bundle.clip)

    def recognize(
        self, path: Path, progress: Callable[[float, float | None], None] = lambda *_: None
    ) -> Recording:
        """Return what happens in the video at `path`.

        `progress` gets the seconds read and, where the video states it, its length. Raises
        SourceError when not one picture can be read.
        """
        sampler = Sampler(self._bundle.clip.fps, picture=self._view.picture)
        watch = Watch(self._view.clip_maker())
        recognizer = Recognizer(path.name, self._bundle.thresholds, count(1), self._rules)
        found = Recording()
        changes: list[Action] = []
        with open_video(Source(Kind.FILE, str(path))) as video:
            try:
                for frame, at in video.frames():
                    found.frames += 1
                    found.seconds = video.seconds
                    progress(video.seconds, video.stated_seconds)
                    if not sampler.is_due(at or 0.0):
                        continue
                    sample = sampler.take(frame, luma(frame), at or 0.0)
                    if sample:
                        changes += self._look(sample, watch, recognizer, found)
            except SourceError as error:
                if not found.frames:
                    raise
                found.incomplete = str(error)
            if video.damaged or video.is_truncated:
                found.incomplete = "the file is damaged or its end is missing"
        changes += self._look(Sample(found.seconds), watch, recognizer, found)
        found.actions = sorted(
            (action for action in changes if action.ended_at is not None),
            key=lambda action: action.id,
        )
        return found

    def _look(
        self, sample: Sample, watch: Watch, recognizer: Recognizer, found: Recording
    ) -> list[Action]:
        """Take one sample through all stages; return the actions that it changes."""
        clips = watch.clips(sample)
        found.people.update(clip.person for clip in clips)
        predictions = self._head.classify(encode(self._encoder, clips)) if clips else []
        shown = windows(clips, predictions)
        found.windows += shown
        return recognize(recognizer, watch.maker, sample, shown)
