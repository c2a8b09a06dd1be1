"""The edge's asyncio core: cameras in, journalled actions out to whoever listens."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import count
import logging
import time
from typing import Any

from aiohttp import web
from av.video.frame import VideoFrame

from .bundle import Bundle
from .camera import Camera
from .camera_settings import CameraSettings
from .classifier import Classifier, Item, LocalHead, Service, State
from .clock import utc
from .hub import Hub
from .journal import Journal, JournalError, Message, StoredCamera
from .lessons import Kept
from .media import Media
from .options import MAX_CAMERAS, CameraOptions
from .outbox import Outbox
from .pictures import FOLDER, Keeping, Pictures
from .pipeline import ClipEncoder, Watch, Watched, Worker, recognize, windows
from .probe import Probe
from .recognizer import Action, Recognizer, Rules
from .reserve import Reserve
from .sampler import Sampler
from .source import parse_source
from .tape import Tape
from .teaching import Teaching
from .view import View
from .wire import action_json, action_message, classifier_json, model_json, timestamp

_LOGGER = logging.getLogger(__name__)

VERSION = version("tinyact-edge")
_STATS_SECONDS = 10.0
_STOP_SECONDS = 5.0
# How often a journal that cannot be written is tried again.
_JOURNAL_SECONDS = 5.0
# What was seen and waits to be classified: seconds of it, even with every camera busy.
_QUEUE = 512


class CameraConflictError(Exception):
    """A camera cannot be added or removed as things are; the message says why."""


@dataclass(slots=True)
class Counters:
    """One camera's numbers."""

    clips: int = 0
    latency_ms: float | None = None  # from the capture of a clip's last frame to its label
    # At the last statistics: decoded frames, clips, pictures looked at.
    last_frames: int = 0
    last_clips: int = 0
    last_looked_at: int = 0


@dataclass(frozen=True, slots=True)
class _Change:
    """A change of an action that is to be journalled and told."""

    action: Action
    windows: list[Kept]
    gone: list[int]  # actions whose pictures made room for its own


@dataclass(slots=True)
class _Running:
    """A camera that is watched."""

    options: CameraOptions
    settings: CameraSettings
    recognizer: Recognizer
    watch: Watch
    is_option: bool
    since: float = field(default_factory=time.time)
    counters: Counters = field(default_factory=Counters)
    tape: Tape | None = None
    sampler: Sampler = field(init=False)
    camera: Camera = field(init=False)

    @property
    def id(self) -> str:
        """Return the camera's id."""
        return self.options.id


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
        self.pictures = Pictures(journal.folder / FOLDER, keeping or Keeping())
        self.media = Media(journal, self.pictures, self._tell)
        self.hub = Hub()
        self.classifier = Classifier(LocalHead(bundle), service, self._on_classifier)
        self.teaching = Teaching(bundle, journal, service, self._tell, self._use)
        self.probe = Probe()
        self._view = view
        self._loop = asyncio.get_running_loop()
        self._worker = Worker(encoder, lambda watched: self._call(self._on_watched, watched))
        self._ids = count(journal.last_action_id + 1)
        self._cameras: dict[str, _Running] = {}
        # Each change of a camera begins with what the one before it left.
        self._changing = asyncio.Lock()
        self._watched: asyncio.Queue[Watched | None] = asyncio.Queue(_QUEUE)
        self._dropped = 0
        self._reserve = Reserve(journal.folder)
        self._outbox = Outbox(self._write)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, cameras: Iterable[CameraOptions]) -> None:
        """Watch the cameras of the options and those set up by API. Raises JournalError."""
        await asyncio.to_thread(self.journal.interrupt_open)
        await self.media.start()
        await self.teaching.start()
        self._worker.start()
        settings = await asyncio.to_thread(self.journal.camera_settings)
        for camera in cameras:
            self._watch(camera, self._allowed(settings, camera.id), is_option=True)
        for stored in await asyncio.to_thread(self.journal.cameras):
            if stored.id in self._cameras:
                _LOGGER.warning("Camera %s of the options stands before the stored one", stored.id)
                continue
            options = CameraOptions(stored.id, stored.name, parse_source(stored.url))
            self._watch(options, self._allowed(settings, stored.id), is_option=False)
        self._tasks = [
            asyncio.create_task(_survive(task))
            for task in (
                self._recognize,
                self.classifier.run,
                self.teaching.run,
                self.media.run,
                self._tell_stats,
                self._keep_journal,
            )
        ]

    async def stop(self) -> None:
        """End all watching; open actions end as interrupted."""
        for running in self._cameras.values():
            running.camera.stop()
        await asyncio.to_thread(self._worker.stop, _STOP_SECONDS)
        recognizing, *others = self._tasks
        for task in others:
            task.cancel()
        await self._watched.put(None)
        await asyncio.wait([recognizing], timeout=_STOP_SECONDS)
        for running in self._cameras.values():
            await self.record(running.recognizer.end_all("interrupted"))
        await self.media.stop()

    async def add_camera(
        self, options: CameraOptions, settings: CameraSettings | None = None
    ) -> dict[str, Any]:
        """Watch one more camera from now on. Raises CameraConflictError or JournalError."""
        settings = settings or CameraSettings()
        self._check(settings)
        async with self._changing:
            if options.id in self._cameras:
                raise CameraConflictError(f"there is a camera with the id {options.id} already")
            if len(self._cameras) >= MAX_CAMERAS:
                raise CameraConflictError(f"{MAX_CAMERAS} cameras are the most")
            await asyncio.to_thread(self.journal.add_camera, _stored(options), settings)
            return self._camera_json(self._watch(options, settings, is_option=False))

    async def change_camera(self, camera: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Change `name`, `source` or any of the settings of a camera, from now on.

        Raises KeyError, CameraConflictError or JournalError.
        """
        async with self._changing:
            running = self._cameras[camera]
            address = {name: changes[name] for name in ("name", "source") if name in changes}
            if running.is_option and address:
                raise CameraConflictError(
                    "name and URL of this camera are set in the edge's options; change them there"
                )
            options = replace(running.options, **address)
            settings = running.settings.changed(changes)
            self._check(settings)
            await asyncio.to_thread(self.journal.change_camera, _stored(options), settings)
            await self._change(running, options, settings)
            return self._camera_json(running)

    async def remove_camera(self, camera: str) -> None:
        """Stop watching a camera. Raises KeyError, CameraConflictError or JournalError."""
        async with self._changing:
            running = self._cameras[camera]
            if running.is_option:
                raise CameraConflictError("it is set in the edge's options; remove it there")
            await asyncio.to_thread(self.journal.remove_camera, camera)
            await self._forget(running)

    async def remove_action(self, number: int) -> None:
        """Erase an action and all that is kept of it. Raises KeyError, OSError or JournalError."""
        await asyncio.to_thread(self.journal.find, number)
        self.media.forget(number)
        await asyncio.to_thread(self.pictures.erase, number)
        await asyncio.to_thread(self.journal.remove_action, number)
        self.hub.publish({"type": "action_removed", "id": number})

    def cameras(self) -> list[dict[str, Any]]:
        """Return all cameras."""
        return [self._camera_json(running) for running in self._cameras.values()]

    def newest_frame(self, camera: str) -> tuple[VideoFrame, float] | None:
        """Return what a camera shows, and when that was. Raises KeyError."""
        return self._cameras[camera].camera.newest

    def hello(self, open_actions: list[Action], last_id: int) -> dict[str, Any]:
        """Return what a client needs to know first, but for its type."""
        return {
            "instance": self.journal.instance,
            "version": VERSION,
            "model": model_json(self.model),
            "classifier": classifier_json(self.classifier.state),
            "cameras": self.cameras(),
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
            "cameras": [
                self._camera_json(running)
                | {
                    "frames": running.camera.frames,
                    "clips": running.counters.clips,
                    "latency_ms": running.counters.latency_ms,
                    "looked_at": self._worker.counts(running.id)[0],
                    "dropped_frames": self._left_out(running),
                }
                for running in self._cameras.values()
            ],
            "queue": {"waiting": self._watched.qsize(), "dropped": self._dropped},
            "journal": {
                "error": self._outbox.error,
                "waiting": len(self._outbox),
                "lost": self._outbox.lost,
            },
            "pictures": {"stored": self.pictures.may_store, "bytes": self.pictures.size},
            "teaching": {"waiting": waiting, "head_version": self.teaching.version},
            "clients": len(self.hub),
        }

    def _watch(
        self, options: CameraOptions, settings: CameraSettings, *, is_option: bool
    ) -> _Running:
        spec = self.model.clip
        rules = Rules(hop=spec.hop / spec.fps)
        running = _Running(
            options,
            settings,
            Recognizer(options.id, self.model.thresholds, self._ids, rules),
            Watch(self._view.clip_maker()),
            is_option,
        )
        self._cameras[options.id] = running
        self._obey(running)
        self._open(running)
        self._publish(running)
        return running

    def _allowed(self, settings: Mapping[str, CameraSettings], camera: str) -> CameraSettings:
        """Return a camera's settings as far as the options allow them now."""
        known = settings.get(camera, CameraSettings())
        return known if self.pictures.may_store else replace(known, snapshots=False, clips=False)

    def _check(self, settings: CameraSettings) -> None:
        """Refuse settings that the options forbid."""
        if settings.keeps_pictures and not self.pictures.may_store:
            raise CameraConflictError(
                "no pictures are kept here: the edge's option store_pictures is off"
            )

    async def _change(
        self, running: _Running, options: CameraOptions, settings: CameraSettings
    ) -> None:
        """Go on with other settings; what looks elsewhere, or no more, starts anew."""
        before = (running.options.source, running.settings.enabled)
        running.options, running.settings = options, settings
        self._obey(running)
        if before != (options.source, settings.enabled):
            await self._close(running)
            self._open(running)
            running.since = time.time()
        self._equip(running)
        self._publish(running)

    def _obey(self, running: _Running) -> None:
        """Hand the settings to all who obey them."""
        running.recognizer.settings = running.settings
        running.watch.ignore = running.settings.ignore

    def _open(self, running: _Running) -> None:
        """Begin to look, unless recognition is paused."""
        running.sampler = Sampler(self.model.clip.fps, picture=self._view.picture)
        running.camera = camera = Camera(
            running.id,
            running.options.source,
            running.sampler,
            lambda sample: self._worker.put(running.id, sample),
            lambda _status: self._call(self._on_status, (running, camera)),
        )
        self._equip(running)
        running.counters.last_frames = 0
        if running.settings.enabled:
            self._worker.add_camera(running.id, running.watch)
            camera.start()

    async def _close(self, running: _Running) -> None:
        """Look no more; what goes on is interrupted."""
        running.camera.stop()
        self._worker.remove_camera(running.id)
        await self.record(running.recognizer.end_all("interrupted"))
        running.tape = None

    def _equip(self, running: _Running) -> None:
        """Have the camera keep what pictures are made of, for as long as they are wanted."""
        running.sampler.keeps_frames = running.settings.snapshots
        if not (running.settings.clips and running.settings.enabled):
            running.tape = None
        elif running.tape is None:
            running.tape = Tape()
        running.camera.tape = running.tape

    async def _forget(self, running: _Running) -> None:
        del self._cameras[running.id]
        await self._close(running)
        self.teaching.forget_camera(running.id)
        self.hub.publish({"type": "camera_removed", "id": running.id})

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
            running = self._cameras.get(watched.camera)
            # What was seen before a pause must not begin anything that nobody ends.
            if running is None or not running.settings.enabled:
                continue
            if shown:
                await self.teaching.notice(watched.camera, shown, watched.latents)
                running.counters.clips += len(shown)
                running.counters.latency_ms = _ms_since(watched.sample.at)
            wanted = watched if running.settings.snapshots else None
            await self.record(recognize(running.recognizer, watched.sample, shown), wanted)

    async def record(self, changes: Iterable[Action], watched: Watched | None = None) -> None:
        """Commit each change to the journal, then announce it.

        What confirms an action was seen in `watched`, if its picture is to be kept.
        """
        for change in changes:
            windows = self.teaching.windows_of(change)
            gone: list[int] = []
            # First, so that who hears of the action can have its picture.
            if watched and change.ended_at is None:
                gone = await asyncio.to_thread(self.media.take_snapshot, change, watched)
            await self._outbox.put(_Change(change, windows, gone))

    async def _write(self, change: _Change) -> None:
        """Commit a change to the journal, then announce it. Raises JournalError."""
        try:
            message = await asyncio.to_thread(self._commit, change)
        except JournalError as error:
            # With what was set aside the journal can go on, though not for ever.
            if not error.wants_room or not await asyncio.to_thread(self._reserve.release):
                raise
            message = await asyncio.to_thread(self._commit, change)
        if message:
            self._tell(message)
            self._film(change.action)
        await self.media.announce(change.gone)

    def _film(self, change: Action) -> None:
        """Begin a clip of what was confirmed, if that is wanted; end that of what has ended."""
        running = self._cameras.get(change.camera)
        if change.ended_at is not None:
            self.media.end_clip(change)
        elif running and running.tape:
            self.media.begin_clip(change, running.tape)

    def _commit(self, held: _Change) -> Message | None:
        """Write a change to the journal, in UTC, and the windows that it may be corrected by."""
        change = held.action
        if change.ended_at is not None and change.end_reason is not None:
            message = self.journal.end(change.id, utc(change.ended_at), change.end_reason)
        else:
            message = self.journal.confirm(
                replace(
                    change,
                    started_at=utc(change.started_at),
                    confirmed_at=utc(change.confirmed_at),
                )
            )
        if message:
            # The action itself is committed: it is told of even if this fails.
            with suppress(JournalError):
                self.teaching.lessons.keep(change.id, held.windows)
        return message

    def _tell(self, message: Message) -> None:
        """Announce what is in the journal."""
        self.hub.publish(action_message(message, self.pictures, replay=False))
        _LOGGER.info("%s: %s %s", message.action.camera, message.action.label, message.event)

    def _use(self, model: Bundle, head: LocalHead) -> None:
        """Judge by another head from now on, and tell of its labels."""
        self.classifier.use(head)
        for running in self._cameras.values():
            running.recognizer.thresholds = model.thresholds
        changed = model.labels != self.model.labels
        self.model = model
        if changed:
            self.hub.renew()

    async def _keep_journal(self) -> None:
        """Hand the journal what it could not take, and keep room for it."""
        while True:
            await self._outbox.flush()
            if not len(self._outbox):
                await asyncio.to_thread(self._reserve.hold)
            await asyncio.sleep(_JOURNAL_SECONDS)

    async def _tell_stats(self) -> None:
        while True:
            await asyncio.sleep(_STATS_SECONDS)
            self.hub.publish(
                {
                    "type": "stats",
                    "cameras": {
                        running.id: self._stats(running) for running in self._cameras.values()
                    },
                }
            )

    def _stats(self, running: _Running) -> dict[str, Any]:
        counters, frames = running.counters, running.camera.frames
        looked_at, _ = self._worker.counts(running.id)
        stats = {
            "fps": round((frames - counters.last_frames) / _STATS_SECONDS, 1),
            "clips_per_minute": round((counters.clips - counters.last_clips) * 60 / _STATS_SECONDS),
            "latency_ms": counters.latency_ms,
            # A camera that was set up anew counts from nought.
            "looked_at_fps": max(
                round((looked_at - counters.last_looked_at) / _STATS_SECONDS, 1), 0
            ),
            "dropped_frames": self._left_out(running),
        }
        counters.last_frames, counters.last_clips = frames, counters.clips
        counters.last_looked_at = looked_at
        return stats

    def _left_out(self, running: _Running) -> int:
        """Return how many frames were too many to be decoded or looked at."""
        return running.camera.skipped + self._worker.counts(running.id)[1]

    def _camera_json(self, running: _Running) -> dict[str, Any]:
        status = running.camera.status
        is_paused = not running.settings.enabled
        return {
            "id": running.id,
            "name": running.options.name,
            "state": "paused" if is_paused else status.state,
            "reason": None if is_paused else status.reason,
            "since": timestamp(running.since),
            "origin": "options" if running.is_option else "api",
            "settings": running.settings.as_json(),
        }

    def _on_status(self, of: tuple[_Running, Camera]) -> None:
        running, camera = of
        if self._cameras.get(running.id) is running and running.camera is camera:
            running.since = time.time()
            self._publish(running)

    def _publish(self, running: _Running) -> None:
        self.hub.publish({"type": "camera", "camera": self._camera_json(running)})

    def _on_classifier(self, state: State) -> None:
        if state.state == "ok":
            self.teaching.wake()
        self.hub.publish({"type": "classifier", "classifier": classifier_json(state)})

    def _on_watched(self, watched: Watched) -> None:
        if self._watched.full():
            self._watched.get_nowait()
            self._dropped += 1
        self._watched.put_nowait(watched)

    def _call(self, function: Callable[..., None], argument: Any) -> None:
        """Call `function` in the event loop, from any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function, argument)


def _stored(options: CameraOptions) -> StoredCamera:
    return StoredCamera(options.id, options.name, options.source.text)


async def _survive(task: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Begin `task` anew whenever it fails: nobody else would notice that it is gone."""
    while True:
        try:
            return await task()
        except Exception:
            _LOGGER.exception("%s failed and begins anew", task.__qualname__)
            await asyncio.sleep(_STATS_SECONDS)


def _items(watched: Watched) -> list[Item]:
    return [
        Item(watched.camera, clip.person, datetime.fromtimestamp(utc(clip.at), UTC), latent)
        for clip, latent in zip(watched.clips, watched.latents, strict=True)
    ]


def _ms_since(at: float) -> float:
    return round((time.monotonic() - at) * 1000, 1)


# Where the API finds it.
EDGE = web.AppKey("edge", Edge)
