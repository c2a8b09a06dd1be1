"""Answer classify requests that come by MQTT 5: the second way in (docs/classifier-api.md).

All workers share one subscription (§4.8.2 of the standard), so that each request goes to one of
them. A request is acknowledged once the broker has its answer: what a worker was given and did
not answer stays in its session at the broker. Brokers such as mosquitto hand that over to nobody
else, and go on giving it its share, so the others do what is missing: when a worker is gone, the
broker tells them by its last will, and they go on with its session. A session has one connection,
the last that was made, so they need not agree on who does.
"""

import asyncio
import contextlib
from dataclasses import dataclass
import json
import logging
import math
import random
import re
import time
import uuid

from paho.mqtt.client import MQTTMessage

from .answer import answer
from .auth import SITE_NAME
from .broker import Broker, Connection, LostError, RefusedError, publication
from .changes import Changes
from .classify import codec_for
from .database import Database
from .limits import Rate
from .problem import PROBLEM_TYPE, Problem, problem_of
from .served import Served, Sites

REQUESTS = "tinyact/classify"
ANSWERS = "tinyact/answer"
WORKERS = "tinyact/worker"
MAX_BODY = 1 << 20

_TOPICS = (f"$share/tinyact/{REQUESTS}/+/+", f"{WORKERS}/+/gone")
# Topics and properties of a packet, beside the body.
_MAX_HEAD = 64 << 10
# Seconds for what is left when a session ends.
_DRAIN = 10.0
# Seconds over which all who hear that a worker is gone spread what they do about it.
_SPREAD = 1.0
# Seconds between two tries to connect.
_FIRST_WAIT = 1.0
_LONGEST_WAIT = 60.0
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_DEFAULT_TYPE = "application/msgpack"

_LOGGER = logging.getLogger(__name__)


class WorkerError(Exception):
    """A worker that cannot run as it is told to; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request: whose, where its answer belongs, and until when anybody waits for it.

    `until` is seconds of the monotonic clock, None for a request that does not expire.
    """

    site: str
    body: bytes
    content_type: str
    answer_topic: str
    correlation: bytes | None
    until: float | None

    @classmethod
    def of(cls, message: MQTTMessage) -> "Request":
        """Read a message. Raises ValueError, saying why nobody can be answered."""
        site = message.topic.split("/")[2]
        properties = message.properties
        topic = getattr(properties, "ResponseTopic", None)
        # A worker may publish for every site: none may choose another's topic for its answers.
        if topic is None or not topic.startswith(f"{ANSWERS}/{site}/"):
            raise ValueError(f"its response topic must begin with {ANSWERS}/{site}/")
        seconds = getattr(properties, "MessageExpiryInterval", None)
        return cls(
            site=site,
            body=bytes(message.payload),
            content_type=getattr(properties, "ContentType", _DEFAULT_TYPE),
            answer_topic=topic,
            correlation=getattr(properties, "CorrelationData", None),
            # Paho stamps a message when it arrives.
            until=None if seconds is None else message.timestamp + seconds,
        )

    def seconds_left(self) -> float | None:
        """Return for how many seconds an answer is still wanted; None for ever."""
        return None if self.until is None else self.until - time.monotonic()


class Worker:
    """A worker: answers until it is told to stop."""

    def __init__(self, database: Database, served: Served, broker: Broker, name: str) -> None:
        """Serve the sites in `database`, and `served` to those that were taught nothing.

        Raises WorkerError when `name` cannot be one.
        """
        if not _NAME.fullmatch(name):
            raise WorkerError(
                f"{name!r} cannot be a worker's name: use --name and up to 64 letters, digits, "
                "dots, dashes and underscores."
            )
        self._changes = Changes(database)
        self._sites = Sites(database, self._changes)
        self._sites.base = served
        self._rate = Rate()
        self._broker = broker
        self._name = name
        self._standing_in = asyncio.Lock()
        self._wait = _FIRST_WAIT
        self._trouble = ""

    async def run(self, stop: asyncio.Event) -> None:
        """Answer until `stop`, then answer what is left; connect again whenever that is needed."""
        watching = asyncio.create_task(self._changes.run())
        try:
            await self._run(stop)
        finally:
            watching.cancel()
            await asyncio.wait([watching])
            await self._sites.close()

    async def _run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self._work(self._name, stop)
            except LostError as error:
                if self._trouble != str(error):
                    self._trouble = str(error)
                    _LOGGER.warning("broker %s: %s; trying again", self._broker, error)
                with contextlib.suppress(TimeoutError):
                    # All that lost one broker must not come back at one moment.
                    async with asyncio.timeout(self._wait * random.uniform(0.5, 1)):  # noqa: S311
                        await stop.wait()
                self._wait = min(2 * self._wait, _LONGEST_WAIT)

    async def _work(self, name: str, ending: asyncio.Event) -> None:
        """Answer what is handed to worker `name`; once `ending` is set, only what it has already.

        Raises LostError. Whatever is not answered then is still the broker's.
        """
        connection = Connection(f"tinyact-worker-{name}", MAX_BODY + _MAX_HEAD)
        nothing_left = False
        try:
            remembered = await connection.open(self._broker, f"{WORKERS}/{name}/gone")
            if not ending.is_set():
                await connection.subscribe(*_TOPICS)
                _LOGGER.info("worker %s answers what comes by %s", name, self._broker)
                self._wait, self._trouble = _FIRST_WAIT, ""
            if remembered or not ending.is_set():
                await self._answer_all(connection, name, ending)
            nothing_left = True
        finally:
            await connection.close(forget=nothing_left)

    async def _answer_all(self, connection: Connection, name: str, ending: asyncio.Event) -> None:
        """Answer until nothing is left after `ending`. Raises LostError."""
        # What a broker has for a session it hands over in order, so this comes last of all.
        end, mark = f"{WORKERS}/{name}/end", uuid.uuid4().bytes
        order = _Order(connection)
        try:
            async with asyncio.TaskGroup() as tasks:
                background = [
                    tasks.create_task(order.run()),
                    tasks.create_task(_end(connection, end, mark, ending)),
                ]
                async for message in connection:
                    if message.topic == end and message.payload == mark:
                        break
                    order.add(message, self._begin(connection, message, tasks))
                await order.everything()
                for task in background:
                    task.cancel()
        except* LostError as errors:
            raise LostError(str(errors.exceptions[0])) from errors

    def _begin(
        self, connection: Connection, message: MQTTMessage, tasks: asyncio.TaskGroup
    ) -> asyncio.Task[None] | None:
        """Begin what `message` asks for; return what must be done before it is acknowledged."""
        if message.topic.startswith(f"{REQUESTS}/"):
            return tasks.create_task(self._respond(connection, message))
        match message.topic.split("/"):
            case [_, _, name, "gone"] if name != self._name and _NAME.fullmatch(name):
                # Nothing waits for this: should it not come to its end, the broker tells again.
                tasks.create_task(self._stand_in(name))
        return None

    async def _stand_in(self, name: str) -> None:
        """Answer what worker `name` was given and did not answer; one worker at a time.

        Nothing is left to do for those who come later, and those whom others overtake give up.
        """
        now = asyncio.Event()
        now.set()
        async with self._standing_in:
            await asyncio.sleep(random.uniform(0, _SPREAD))  # noqa: S311
            _LOGGER.warning("worker %s is gone: answering what it was given", name)
            try:
                await self._work(name, now)
            except LostError as error:
                _LOGGER.warning("standing in for worker %s ended: %s", name, error)

    async def _respond(self, connection: Connection, message: MQTTMessage) -> None:
        """Answer a request; a stale one is no longer waited for. Raises LostError."""
        try:
            request = Request.of(message)
        except ValueError as error:
            _LOGGER.warning("a request on %s cannot be answered: %s", message.topic, error)
            return
        try:
            async with asyncio.timeout(request.seconds_left()):
                content_type, body = await self._answer(request)
        except TimeoutError:
            return
        left = request.seconds_left()
        if left is not None and left <= 0:
            return
        properties = publication(
            ContentType=content_type,
            CorrelationData=request.correlation,
            MessageExpiryInterval=None if left is None else math.ceil(left),
        )
        try:
            await connection.publish(request.answer_topic, body, properties)
        except RefusedError as error:
            _LOGGER.warning("the broker does not let this worker answer: %s", error)

    async def _answer(self, request: Request) -> tuple[str, bytes]:
        """Return the answer to `request`, or the problem with it, behind its content type."""
        try:
            return await self._classify(request)
        except Exception as error:  # noqa: BLE001 - it becomes what is answered
            problem = problem_of(error)
        _LOGGER.info("refused site %s: %d %s", request.site, problem.status, problem.detail)
        return PROBLEM_TYPE, json.dumps(problem.members()).encode()

    async def _classify(self, request: Request) -> tuple[str, bytes]:
        """Return content type and answer. Raises Problem and DatabaseError."""
        if not SITE_NAME.fullmatch(request.site):
            raise Problem(404, f"{request.site[:64]!r} cannot be a site's name.")
        if len(request.body) > MAX_BODY:
            raise Problem(413, f"The body is larger than {MAX_BODY} bytes; send fewer items.")
        self._rate.charge(request.site, len(request.body))
        codec = codec_for(request.content_type)
        served = await self._sites.served(request.site)
        return codec.content_type, await answer(served, codec, request.body, request.site)


class _Order:
    """Acknowledge messages in the order in which they came, each when it is done with."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._queue: asyncio.Queue[tuple[MQTTMessage, asyncio.Task[None] | None]] = asyncio.Queue()

    def add(self, message: MQTTMessage, work: asyncio.Task[None] | None) -> None:
        """Acknowledge `message` once `work` is done and all that came before is acknowledged."""
        self._queue.put_nowait((message, work))

    async def run(self) -> None:
        """Acknowledge, for ever."""
        while True:
            message, work = await self._queue.get()
            if work:
                await asyncio.wait([work])
                if work.cancelled() or work.exception():
                    return  # the connection is lost, and nothing can be acknowledged
            self._connection.acknowledge(message)
            self._queue.task_done()

    async def everything(self) -> None:
        """Return when all that was added is acknowledged."""
        await self._queue.join()


async def _end(connection: Connection, topic: str, mark: bytes, ending: asyncio.Event) -> None:
    """After `ending`, take nothing new and ask for `mark`, behind what is left. Raises LostError.

    What is not answered some seconds later is left for another worker.
    """
    await ending.wait()
    await connection.unsubscribe(*_TOPICS)
    await connection.subscribe(topic)
    await connection.publish(topic, mark)
    await asyncio.sleep(_DRAIN)
    raise LostError("what was left took too long")
