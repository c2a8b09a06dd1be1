"""Teach: take what people say of actions, hand it to the classifier, bring back what it learnt.

What is said is stored first and sent when the classifier service can be had. "Never here" needs no
service: the edge that was told so is the one whose camera it is about, so it keeps the marks and
applies them to every verdict itself, at once and whoever gave it. The head that the household is
served is fetched, checked and kept, so that the edge knows all labels without the service, too.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
import logging
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .backoff import Backoff
from .bundle import NONE, Bundle, BundleError
from .classifier import Item, LocalHead, Service, ServiceError, quantise
from .clock import monotonic, utc
from .database import JournalError
from .encoder import Encoder
from .head import HeadStore, Model, open_head
from .journal import Journal, Message
from .lessons import Example, Kept, Kind, Lesson, Lessons, NothingKeptError, Refusal
from .recent import Recent, Seen
from .recognizer import Action, Prediction, Window
from .teacher import Codes, RefusedError, Teacher
from .variants import pack, unpack, variants

_LOGGER = logging.getLogger(__name__)

# Seconds between two looks for a new head, and while a fit that was asked for here goes on.
_REFRESH = 60.0
_FITTING = 1.0
_ORDINARY_EVERY = 60.0
# Of what a camera saw between two times.
_MOST_TAUGHT = 32


class NoClassifierError(Exception):
    """Nobody could learn: no classifier service is configured."""


class Teaching:
    """Everything about teaching. To be used in one event loop."""

    def __init__(
        self,
        bundle: Bundle,
        journal: Journal,
        service: Service | None,
        tell: Callable[[Message], None],
        use: Callable[[Bundle, LocalHead], None],
    ) -> None:
        """Teach `service`, if there is one.

        `tell` is called with each message that was journalled, `use` with each new head and the
        bundle as it is with that head's labels.
        """
        self._bundle = bundle
        self.lessons = Lessons(journal, bundle.encoder_id)
        self._heads = HeadStore(journal, bundle.encoder_id)
        self._teacher = Teacher(service) if service else None
        self._tell = tell
        self._use = use
        self._recent: dict[str, Recent] = {}
        self._ordinary_at: dict[str, float] = {}
        self._marks = self.lessons.marks()
        self._model: Model | None = None
        self._job: str | None = None
        self._backoff = Backoff()
        self._news = asyncio.Event()
        self._talking = asyncio.Lock()

    @property
    def version(self) -> int | None:
        """Return the version of the head in use, None for that of the edge's own bundle."""
        return self._model.version if self._model else None

    async def start(self) -> None:
        """Go on with what was taught before. Raises JournalError."""
        await asyncio.to_thread(self.lessons.refuse_others)
        if found := await asyncio.to_thread(self._heads.load):
            try:
                await self._put_to_work(*found)
            except BundleError as error:
                _LOGGER.warning("What was taught is damaged: %s; the bundle's head serves", error)

    async def run(self) -> None:
        """Keep the classifier and this edge in step. Runs until cancelled."""
        if self._teacher is None:
            return
        while True:
            self._news.clear()
            try:
                await self._keep_in_step(self._teacher)
            except (ServiceError, JournalError) as error:
                _LOGGER.debug("Not in step with the classifier: %s", error)
                delay = self._backoff.next()
            except Exception:
                _LOGGER.exception("Not in step with the classifier; trying again")
                delay = self._backoff.next()
            else:
                self._backoff.reset()
                delay = _FITTING if self._job else _REFRESH
            with suppress(TimeoutError):
                async with asyncio.timeout(delay):
                    await self._news.wait()

    def wake(self) -> None:
        """Look at once whether there is something to do."""
        self._news.set()

    def judge(self, items: Sequence[Item], predictions: Sequence[Prediction]) -> list[Prediction]:
        """Return what items show without what their cameras' people said that it never is."""
        return [
            marks.apply(item.latent, prediction)
            if (marks := self._marks.get(item.camera))
            else prediction
            for item, prediction in zip(items, predictions, strict=True)
        ]

    async def notice(
        self,
        camera: str,
        shown: Sequence[Window],
        latents: NDArray[np.float32],
        joints: Sequence[NDArray[np.float32]],
    ) -> None:
        """Remember a camera's windows for two minutes, and an ordinary one a minute for longer.

        `latents` is [N, L], `joints` N of [T, 13, 3] or [0].
        """
        recent = self._recent.setdefault(camera, Recent())
        for window, latent, body in zip(shown, latents, joints, strict=True):
            seen = recent.add(
                window.person, window.started_at, window.at, quantise(latent), pack(body)
            )
            last = self._ordinary_at.get(camera, -_ORDINARY_EVERY)
            if window.prediction.label == NONE and window.at - last >= _ORDINARY_EVERY:
                self._ordinary_at[camera] = window.at
                # What the journal's trouble is, the next action tells.
                with suppress(JournalError):
                    await asyncio.to_thread(self.lessons.keep, None, [_kept(camera, seen)])

    def windows_of(self, change: Action) -> list[Kept]:
        """Return the windows that made an action or, once it has ended, some of how it went on."""
        recent = self._recent.get(change.camera, Recent())
        seen = (
            recent.that_made(change.person, change.started_at, change.confirmed_at)
            if change.ended_at is None
            else recent.of_how_it_went_on(change.person, change.confirmed_at, change.ended_at)
        )
        return [_kept(change.camera, each) for each in seen]

    def forget_camera(self, camera: str) -> None:
        """Forget what a camera saw that is gone; what is kept of its actions stays."""
        self._recent.pop(camera, None)
        self._ordinary_at.pop(camera, None)

    async def correct(self, action: int, kind: Kind, label: str | None) -> Message:
        """Store and announce what an action was.

        Raises KeyError, NoClassifierError, NothingKeptError, TooManyWaitError or JournalError.
        """
        if kind != "never_here":
            self._need_teacher()
        message = await asyncio.to_thread(self.lessons.correct, action, kind, label)
        await self._after(message)
        return message

    async def take_back(self, action: int) -> None:
        """Take the correction of an action back. Raises KeyError or JournalError."""
        await self._after(await asyncio.to_thread(self.lessons.take_back, action))

    async def erase(self, action: int) -> None:
        """Forget an action, and what was taught by it. Raises KeyError or JournalError."""
        await asyncio.to_thread(self.lessons.erase, action)
        await self._obey_lessons()

    async def teach(self, camera: str, label: str, start: float, end: float) -> tuple[str, int]:
        """Teach that a camera saw `label` between two times, in seconds since 1970.

        Returns the lesson's id and its windows. Raises NoClassifierError, NothingKeptError,
        TooManyWaitError or JournalError.
        """
        self._need_teacher()
        recent = self._recent.get(camera, Recent())
        seen = recent.between(monotonic(start), monotonic(end), _MOST_TAUGHT)
        if not seen:
            raise NothingKeptError
        windows = [_kept(camera, each) for each in seen]
        lesson = await asyncio.to_thread(self.lessons.teach, label, windows)
        self.wake()
        return lesson, len(windows)

    async def forget(self, lesson: str) -> None:
        """Take a lesson of `teach` back. Raises KeyError or JournalError."""
        await asyncio.to_thread(self.lessons.forget, lesson)
        self.wake()

    async def fit(self) -> dict[str, Any]:
        """Hand over what waits and ask for a fit; return the classifier's answer.

        This and the next three raise NoClassifierError, ServiceError or RefusedError.
        """
        teacher = self._need_teacher()
        await self._keep_in_step(teacher)
        job = await teacher.relay("POST", "/v1/fit")
        self._job = str(job.get("id"))
        self.wake()
        return job

    async def job(self, job: str) -> dict[str, Any]:
        """Return how a fit goes; its head is in use here when this says that it is done."""
        teacher = self._need_teacher()
        answer = await teacher.relay("GET", f"/v1/jobs/{job}")
        if answer.get("state") == "done" and job == self._job:
            await self._fetch(teacher)
        return answer

    async def heads(self) -> dict[str, Any]:
        """Return the versions there are."""
        return await self._need_teacher().relay("GET", "/v1/heads")

    async def activate(self, version: int) -> dict[str, Any]:
        """Go back to a version, 0 for the classifier's own; it is in use here after this."""
        teacher = self._need_teacher()
        answer = await teacher.relay("POST", f"/v1/heads/{version}/activate")
        await self._fetch(teacher)
        return answer

    def _need_teacher(self) -> Teacher:
        if self._teacher is None:
            raise NoClassifierError
        return self._teacher

    async def _after(self, message: Message) -> None:
        """Tell of a correction, and act on it."""
        self._tell(message)
        await self._obey_lessons()

    async def _obey_lessons(self) -> None:
        self._marks = await asyncio.to_thread(self.lessons.marks)
        self.wake()

    async def _keep_in_step(self, teacher: Teacher) -> None:
        # First, for it raises ServiceError where the classifier knows another encoder: then it
        # would refuse for good what it should have later.
        await self._fetch(teacher)
        async with self._talking:
            await self._send(teacher)
        if self._job:
            await self._follow(teacher, self._job)

    async def _fetch(self, teacher: Teacher) -> None:
        """Put the head that the household is served to work, unless it is already."""
        async with self._talking:
            model = await teacher.model()
            if model == self._model:
                return
            content = await teacher.head()
            try:
                await self._put_to_work(model, content)
            except BundleError as error:
                # Another one may have been activated in between: then the next try does.
                _LOGGER.warning("The classifier's head is of no use here: %s", error)
                return
            await asyncio.to_thread(self._heads.save, model, content)

    async def _put_to_work(self, model: Model, content: bytes) -> None:
        """Raise BundleError, and change nothing, if the head is none."""
        self._use(*await asyncio.to_thread(open_head, self._bundle, model, content))
        self._model = model
        _LOGGER.info("Version %d of what was taught is in use", model.version)

    async def _send(self, teacher: Teacher) -> None:
        """Tell the classifier what it does not know yet, one lesson at a time."""
        while example := await asyncio.to_thread(self.lessons.next_to_forget):
            with suppress(RefusedError):  # there is nothing else to be done
                await teacher.forget(example)
            await asyncio.to_thread(self.lessons.forgotten, example)
        while lesson := await asyncio.to_thread(self.lessons.next_to_teach):
            refused = None
            try:
                await teacher.teach(lesson.examples, await asyncio.to_thread(self._vary, lesson))
            except RefusedError as error:
                refused = Refusal(str(error), error.code)
                _LOGGER.warning("The classifier does not learn this: %s", error)
            for message in await asyncio.to_thread(self.lessons.taught, lesson, refused):
                self._tell(message)

    def _vary(self, lesson: Lesson) -> list[list[Codes]]:
        """Return the latents of each example's variants: none where no joints were kept."""
        if not any(example.window.joints for example in lesson.examples):
            return [[] for _ in lesson.examples]
        # The pipeline's is for its own thread, and a second one is needed too seldom to be kept.
        encoder = Encoder(self._bundle)
        return [
            [quantise(latent) for latent in encoder.encode(*self._variants(example))]
            if example.window.joints
            else []
            for example in lesson.examples
        ]

    def _variants(self, example: Example) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        return variants(unpack(example.window.joints), self._bundle.clip, example.id.int)

    async def _follow(self, teacher: Teacher, job: str) -> None:
        """Fetch the head of a fit as soon as there is one."""
        try:
            answer = await teacher.relay("GET", f"/v1/jobs/{job}")
        except RefusedError:
            answer = {"state": "failed"}
        if answer.get("state") in {"done", "failed"}:
            await self._fetch(teacher)
            self._job = None


def _kept(camera: str, seen: Seen) -> Kept:
    return Kept(seen.id, camera, seen.person, utc(seen.at), seen.codes, seen.scale, seen.joints)
