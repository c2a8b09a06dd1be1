"""The cameras that are watched: they come, go and change while the edge runs."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
import logging
import time
from typing import Any

from av.video.frame import VideoFrame

from .background import call_in
from .camera import Camera
from .camera_settings import CameraSettings
from .hub import Hub
from .options import MAX_CAMERAS, CameraOptions
from .pipeline import Watch, Worker
from .recognizer import Action, Recognizer
from .sampler import Sampler
from .source import parse_source
from .stills import Stills
from .stored_cameras import StoredCamera, StoredCameras
from .tape import Tape
from .view import View
from .wire import timestamp

_LOGGER = logging.getLogger(__name__)


class CameraConflictError(Exception):
    """A camera cannot be added or removed as things are; `code` says why to programs."""

    def __init__(self, message: str, code: str) -> None:
        """Say why."""
        super().__init__(message)
        self.code = code


@dataclass(slots=True)
class Counters:
    """One camera's numbers."""

    clips: int = 0
    latency_ms: float | None = None  # from the capture of a clip's last frame to its label
    # At the last statistics: decoded frames, clips, pictures looked at.
    last_frames: int = 0
    last_clips: int = 0
    last_looked_at: int = 0


@dataclass(slots=True)
class Running:
    """A camera that is watched."""

    options: CameraOptions
    settings: CameraSettings
    recognizer: Recognizer
    watch: Watch
    is_option: bool
    since: float = field(default_factory=time.time)
    counters: Counters = field(default_factory=Counters)
    tape: Tape | None = None
    stills: Stills = field(default_factory=Stills)  # where frames are kept at all
    sampler: Sampler = field(init=False)
    camera: Camera = field(init=False)

    @property
    def id(self) -> str:
        """Return the camera's id."""
        return self.options.id


class Cameras:
    """All cameras. To be used in one event loop."""

    def __init__(
        self,
        stored: StoredCameras,
        worker: Worker,
        hub: Hub,
        view: View,
        fps: float,
        recognizer_of: Callable[[str], Recognizer],
        record: Callable[[Iterable[Action]], Awaitable[None]],
        forget: Callable[[str], None],
        *,
        may_store: bool,
    ) -> None:
        """Have `worker` look at `fps` pictures a second of each, as `view` shows them.

        `recognizer_of` makes the recogniser of a camera, `record` takes what it ends, `forget` is
        called with each that is removed. Whether pictures may be stored is the options' to say.
        """
        self._stored = stored
        self._worker = worker
        self._hub = hub
        self._view = view
        self._fps = fps
        self._recognizer_of = recognizer_of
        self._record = record
        self._forget = forget
        self._may_store = may_store
        self._loop = asyncio.get_running_loop()
        self._running: dict[str, Running] = {}
        # Each change of a camera begins with what the one before it left.
        self._changing = asyncio.Lock()

    def __iter__(self) -> Iterator[Running]:
        """Go through all that there are."""
        return iter(tuple(self._running.values()))

    def get(self, camera: str) -> Running | None:
        """Return a camera, None if it is not watched."""
        return self._running.get(camera)

    async def start(self, options: Iterable[CameraOptions]) -> None:
        """Watch the cameras of the options and those set up by API. Raises JournalError."""
        settings = await asyncio.to_thread(self._stored.settings)
        for camera in options:
            self._watch(camera, self._allowed(settings, camera.id), is_option=True)
        for stored in await asyncio.to_thread(self._stored.all):
            if stored.id in self._running:
                _LOGGER.warning("Camera %s of the options stands before the stored one", stored.id)
                continue
            found = CameraOptions(stored.id, stored.name, parse_source(stored.url))
            self._watch(found, self._allowed(settings, stored.id), is_option=False)

    def stop(self) -> None:
        """Look through none of them any more."""
        for running in self:
            running.camera.stop()

    async def interrupt(self) -> None:
        """End what goes on."""
        for running in self:
            await self._record(running.recognizer.end_all("interrupted"))

    async def add(
        self, options: CameraOptions, settings: CameraSettings | None = None
    ) -> dict[str, Any]:
        """Watch one more camera from now on. Raises CameraConflictError or JournalError."""
        settings = settings or CameraSettings()
        self._check(settings)
        async with self._changing:
            if options.id in self._running:
                raise CameraConflictError(
                    f"there is a camera with the id {options.id} already", "id_taken"
                )
            if len(self._running) >= MAX_CAMERAS:
                raise CameraConflictError(f"{MAX_CAMERAS} cameras are the most", "too_many_cameras")
            await asyncio.to_thread(self._stored.add, _stored(options), settings)
            return self.as_json(self._watch(options, settings, is_option=False))

    async def change(self, camera: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Change `name`, `source` or any of the settings of a camera, from now on.

        Raises KeyError, CameraConflictError or JournalError.
        """
        async with self._changing:
            running = self._running[camera]
            address = {name: changes[name] for name in ("name", "source") if name in changes}
            if running.is_option and address:
                raise CameraConflictError(
                    "name and URL of this camera are set in the edge's options; change them there",
                    "set_in_options",
                )
            options = replace(running.options, **address)
            settings = running.settings.changed(changes)
            self._check(settings)
            await asyncio.to_thread(self._stored.change, _stored(options), settings)
            await self._change(running, options, settings)
            return self.as_json(running)

    async def remove(self, camera: str) -> None:
        """Stop watching a camera. Raises KeyError, CameraConflictError or JournalError."""
        async with self._changing:
            running = self._running[camera]
            if running.is_option:
                raise CameraConflictError(
                    "it is set in the edge's options; remove it there", "set_in_options"
                )
            await asyncio.to_thread(self._stored.remove, camera)
            del self._running[camera]
            await self._close(running)
            self._forget(camera)
            self._hub.publish({"type": "camera_removed", "id": camera})

    def newest_frame(self, camera: str) -> tuple[VideoFrame, float] | None:
        """Return what a camera shows, and when that was. Raises KeyError."""
        return self._running[camera].camera.newest

    def all(self) -> list[dict[str, Any]]:
        """Return all cameras as clients know them."""
        return [self.as_json(running) for running in self]

    def diagnostics(self) -> list[dict[str, Any]]:
        """Return all cameras with their counters."""
        return [
            self.as_json(running)
            | {
                "frames": running.camera.frames,
                "clips": running.counters.clips,
                "latency_ms": running.counters.latency_ms,
                "looked_at": self._worker.counts(running.id)[0],
                "dropped_frames": self._left_out(running),
            }
            for running in self
        ]

    def stats(self, seconds: float) -> dict[str, Any]:
        """Return each camera's rates in the `seconds` since this was called last."""
        return {running.id: self._stats(running, seconds) for running in self}

    def as_json(self, running: Running) -> dict[str, Any]:
        """Return a camera as clients know it."""
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

    def _watch(
        self, options: CameraOptions, settings: CameraSettings, *, is_option: bool
    ) -> Running:
        watch = Watch(self._view.clip_maker())
        running = Running(options, settings, self._recognizer_of(options.id), watch, is_option)
        self._running[options.id] = running
        self._obey(running)
        self._open(running)
        self._publish(running)
        return running

    def _allowed(self, settings: Mapping[str, CameraSettings], camera: str) -> CameraSettings:
        """Return a camera's settings as far as the options allow them now."""
        known = settings.get(camera, CameraSettings())
        return known if self._may_store else replace(known, snapshots=False, clips=False)

    def _check(self, settings: CameraSettings) -> None:
        """Refuse settings that the options forbid."""
        if settings.keeps_pictures and not self._may_store:
            raise CameraConflictError(
                "no pictures are kept here: the edge's option store_pictures is off", "pictures_off"
            )

    async def _change(
        self, running: Running, options: CameraOptions, settings: CameraSettings
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

    def _obey(self, running: Running) -> None:
        """Hand the settings to all who obey them."""
        running.recognizer.settings = running.settings
        running.watch.ignore = running.settings.ignore

    def _open(self, running: Running) -> None:
        """Begin to look, unless recognition is paused."""
        pace = self._worker.pace
        running.sampler = Sampler(self._fps, picture=self._view.picture, pace=pace)
        running.camera = camera = Camera(
            running.id,
            running.options.source,
            running.sampler,
            lambda sample: self._worker.put(running.id, sample),
            lambda _status: call_in(self._loop, self._on_status, running, camera),
            pace=pace,
        )
        self._equip(running)
        running.counters.last_frames = 0
        if running.settings.enabled:
            self._worker.add_camera(running.id, running.watch)
            camera.start()

    async def _close(self, running: Running) -> None:
        """Look no more; what goes on is interrupted."""
        running.camera.stop()
        self._worker.remove_camera(running.id)
        await self._record(running.recognizer.end_all("interrupted"))
        running.tape = None
        running.stills.clear()

    def _equip(self, running: Running) -> None:
        """Have the camera keep what pictures are made of, for as long as they are wanted."""
        running.sampler.keeps_frames = running.settings.snapshots
        if not running.settings.snapshots:
            running.stills.clear()
        if not (running.settings.clips and running.settings.enabled):
            running.tape = None
        elif running.tape is None:
            running.tape = Tape()
        running.camera.tape = running.tape

    def _stats(self, running: Running, seconds: float) -> dict[str, Any]:
        counters, frames = running.counters, running.camera.frames
        looked_at, _ = self._worker.counts(running.id)
        stats = {
            "fps": round((frames - counters.last_frames) / seconds, 1),
            "clips_per_minute": round((counters.clips - counters.last_clips) * 60 / seconds),
            "latency_ms": counters.latency_ms,
            # A camera that was set up anew counts from nought.
            "looked_at_fps": max(round((looked_at - counters.last_looked_at) / seconds, 1), 0),
            "dropped_frames": self._left_out(running),
        }
        counters.last_frames, counters.last_clips = frames, counters.clips
        counters.last_looked_at = looked_at
        return stats

    def _left_out(self, running: Running) -> int:
        """Return how many frames were too many to be decoded or looked at."""
        return running.camera.skipped + self._worker.counts(running.id)[1]

    def _on_status(self, running: Running, camera: Camera) -> None:
        if self._running.get(running.id) is running and running.camera is camera:
            running.since = time.time()
            self._publish(running)

    def _publish(self, running: Running) -> None:
        self._hub.publish({"type": "camera", "camera": self.as_json(running)})


def _stored(options: CameraOptions) -> StoredCamera:
    return StoredCamera(options.id, options.name, options.source.text)
