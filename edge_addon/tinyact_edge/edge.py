"""The edge's asyncio core: cameras in, journalled actions out to whoever listens."""

import asyncio
from collections.abc import Iterable
from importlib.metadata import version
from itertools import count
import logging
import time
from typing import Any

from aiohttp import web

from .background import call_in, survive
from .bundle import Bundle
from .cameras import Cameras, Running
from .classifier import Classifier, Item, LocalHead, Service, State
from .hub import Hub
from .journal import Journal, Message
from .media import Media
from .memory import heap
from .options import CameraOptions
from .pictures import FOLDER, Keeping, Pictures
from .pipeline import ClipEncoder, Watched, Worker, recognize, windows
from .probe import Probe
from .recognizer import Action, Recognizer, Rules, Window
from .recorder import Recorder
from .stored_cameras import StoredCameras
from .tape import Tape
from .teaching import Teaching
from .tokens import Tokens
from .view import View
from .wire import action_json, action_message, classifier_json, model_json

_LOGGER = logging.getLogger(__name__)

VERSION = version("tinyact-edge")
_STATS_SECONDS = 10.0
_STOP_SECONDS = 5.0
# What was seen and waits to be classified: a second or more, even with every camera busy.
_QUEUE = 512


class Edge:
    """Everything behind the API. To be made and used in one event loop."""

    def __init__(
        self,
        bundle: Bundle,
        journal: Journal,
        view: View,
        encoder: ClipEncoder,
        service: Service | None,
        keeping: Keeping | None = None,
    ) -> None:
        """Recognise by `bundle`, whose head stands in for `service`.

        `view` and `encoder` are the bundle's; `keeping` says how much is kept of pictures. Raises
        BundleError.
        """
        self.model = bundle  # with the labels and thresholds of the head in use
        self.journal = journal
        self.tokens = Tokens(journal)
        self.pictures = Pictures(journal.folder / FOLDER, keeping or Keeping())
        self.media = Media(journal, self.pictures, self._tell)
        self.hub = Hub()
        self.classifier = Classifier(LocalHead(bundle), service, self._on_classifier)
        self.teaching = Teaching(bundle, journal, service, self._tell, self._use)
        self.recorder = Recorder(
            journal, self.media, self.teaching, self.hub, self._tell, self._tape_of
        )
        self.probe = Probe()
        self._loop = asyncio.get_running_loop()
        self._worker = Worker(
            encoder,
            lambda seen: call_in(self._loop, self._on_watched, seen),
            foresee=view.foresee,
        )
        self.cameras = Cameras(
            StoredCameras(journal),
            self._worker,
            self.hub,
            view,
            bundle.clip.fps,
            self._recognizer_of,
            self.recorder.record,
            self.teaching.forget_camera,
            may_store=self.pictures.may_store,
        )
        self._ids = count(journal.last_action_id + 1)
        self._watched: asyncio.Queue[Watched | None] = asyncio.Queue()
        self._dropped = 0
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, cameras: Iterable[CameraOptions]) -> None:
        """Watch the cameras of the options and those set up by API. Raises JournalError."""
        await asyncio.to_thread(self.journal.interrupt_open)
        await self.media.start()
        await self.teaching.start()
        self._worker.start()
        await self.cameras.start(cameras)
        self._tasks = [
            asyncio.create_task(survive(task))
            for task in (
                self._recognize,
                self.classifier.run,
                self.teaching.run,
                self.media.run,
                self._tell_stats,
                self.recorder.run,
            )
        ]

    async def stop(self) -> None:
        """End all watching; open actions end as interrupted."""
        self.cameras.stop()
        await asyncio.to_thread(self._worker.stop, _STOP_SECONDS)
        recognizing, *others = self._tasks
        for task in others:
            task.cancel()
        await self._watched.put(None)
        await asyncio.wait([recognizing], timeout=_STOP_SECONDS)
        await self.cameras.interrupt()
        await self.recorder.stop()
        await self.media.stop()

    async def remove_action(self, number: int) -> None:
        """Erase an action, and all that is kept and was taught by it.

        Raises KeyError, OSError or JournalError.
        """
        await asyncio.to_thread(self.journal.find, number)
        self.media.forget(number)
        await asyncio.to_thread(self.pictures.erase, number)
        await self.teaching.erase(number)
        self.hub.publish({"type": "action_removed", "id": number})

    def hello(self, open_actions: list[Action], last_id: int) -> dict[str, Any]:
        """Return what a client needs to know first, but for its type."""
        return {
            "instance": self.journal.instance,
            "version": VERSION,
            "model": model_json(self.model),
            "classifier": classifier_json(self.classifier.state),
            "journal": self.recorder.as_json(),
            "cameras": self.cameras.all(),
            "open_actions": [action_json(action, self.pictures) for action in open_actions],
            "last_id": last_id,
        }

    def diagnostics(self, waiting: int) -> dict[str, Any]:
        """Return what helps to find a fault, without secrets and addresses.

        `waiting` examples are not taught yet.
        """
        return {
            "instance": self.journal.instance,
            "version": VERSION,
            "model": model_json(self.model),
            "classifier": classifier_json(self.classifier.state),
            "cameras": self.cameras.diagnostics(),
            "queue": {"waiting": self._watched.qsize(), "dropped": self._dropped},
            "journal": {
                **self.recorder.as_json(),
                "waiting": self.recorder.waiting,
                "lost": self.recorder.lost,
            },
            "heap": heap(),
            "pictures": {"stored": self.pictures.may_store, "bytes": self.pictures.size},
            "teaching": {"waiting": waiting, "head_version": self.teaching.version},
            "clients": len(self.hub),
        }

    def _recognizer_of(self, camera: str) -> Recognizer:
        spec = self.model.clip
        rules = Rules(hop=spec.hop / spec.fps)
        return Recognizer(camera, self.model.thresholds, self._ids, rules)

    def _tape_of(self, camera: str) -> Tape | None:
        running = self.cameras.get(camera)
        return running.tape if running else None

    async def _recognize(self) -> None:
        """Turn what the worker saw into actions, in order, all that waits at once."""
        batch: list[Watched | None] = []
        while None not in batch:
            batch = [await self._watched.get()]
            while not self._watched.empty():
                batch.append(self._watched.get_nowait())
            try:
                await self._take([watched for watched in batch if watched])
            except Exception:
                # What comes next may do; without this task nothing would.
                _LOGGER.exception("What was seen could not be judged; going on with what follows")

    async def _take(self, seen: list[Watched]) -> None:
        items = [item for watched in seen for item in _items(watched)]
        predictions = iter(self.teaching.judge(items, await self.classifier.classify(items)))
        for watched in seen:
            shown = windows(watched.clips, [next(predictions) for _ in watched.clips])
            running = self.cameras.get(watched.camera)
            # What was seen before a pause must not begin anything that nobody ends.
            if running is None or not running.settings.enabled:
                continue
            try:
                await self._record(running, watched, shown)
            except Exception:
                # Other cameras' actions begin and end all the same.
                _LOGGER.exception("What %s saw could not be judged; going on", watched.camera)

    async def _record(self, running: Running, watched: Watched, shown: list[Window]) -> None:
        """Turn what windows of a camera show into actions."""
        if shown:
            joints = [clip.joints for clip in watched.clips]
            await self.teaching.notice(watched.camera, shown, watched.latents, joints)
            running.counters.clips += len(shown)
            running.counters.latency_ms = _ms_since(watched.sample.at)
        stills = running.stills if running.settings.snapshots else None
        if stills:
            stills.add(watched, shown)
        changes = recognize(running.recognizer, running.watch.maker, watched.sample, shown)
        await self.recorder.record(changes, stills)
        if watched.sample.image is None:
            running.stills.clear()

    def _tell(self, message: Message) -> None:
        """Announce what is in the journal."""
        self.hub.publish(action_message(message, self.pictures, replay=False))
        _LOGGER.info("%s: %s %s", message.action.camera, message.action.label, message.event)

    def _use(self, model: Bundle, head: LocalHead) -> None:
        """Judge by another head from now on, and tell of its labels."""
        self.classifier.use(head)
        for running in self.cameras:
            running.recognizer.thresholds = model.thresholds
        changed = model.labels != self.model.labels
        self.model = model
        if changed:
            self.hub.renew()

    async def _tell_stats(self) -> None:
        while True:
            await asyncio.sleep(_STATS_SECONDS)
            self.hub.publish({"type": "stats", "cameras": self.cameras.stats(_STATS_SECONDS)})

    def _on_classifier(self, state: State) -> None:
        if state.state == "ok":
            self.teaching.wake()
        self.hub.publish({"type": "classifier", "classifier": classifier_json(state)})

    def _on_watched(self, seen: list[Watched]) -> None:
        for watched in seen:
            # What says that no more follow is kept: actions end by it.
            if self._watched.qsize() >= _QUEUE and watched.sample.image is not None:
                self._dropped += 1
            else:
                self._watched.put_nowait(watched)


def _items(watched: Watched) -> list[Item]:
    return [Item(watched.camera, latent) for latent in watched.latents]


def _ms_since(at: float) -> float:
    return round((time.monotonic() - at) * 1000, 1)


# Where the API finds it.
EDGE = web.AppKey("edge", Edge)
