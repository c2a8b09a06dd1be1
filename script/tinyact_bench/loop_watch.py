"""Watch the event loop of a Home Assistant from within, and give it a control to be compared with.

A timer is due every 20 ms; how late it is, is how long Home Assistant answered nobody. Whose fault
that is, two notes tell: how much processor time the loop's own thread used meanwhile (the rest it
waited for Python's lock, or for the machine), and when Python collected garbage, which stops all
threads, whoever's objects brought it about. The control is as many states that are recorded, of an
entity that nobody's integration is behind.
"""

from collections.abc import Iterable
from dataclasses import dataclass
import json
from pathlib import Path
import statistics
import time

DOMAIN = "loop_watch"
CONTROL = "event.control"
_EVERY = 0.02  # seconds
# A collection that is shorter holds nobody up.
_NOTICEABLE = 0.01  # seconds
_SOURCE = f"""\
import asyncio
import gc
from pathlib import Path
import time

began = 0.0
notes = Path(__file__).with_name("notes").open("a", buffering=1)


def note_collection(phase, info):
    global began
    now = time.monotonic()
    if phase == "start":
        began = now
    elif now - began > {_NOTICEABLE}:
        notes.write(f"collected {{began}} {{now}} 0\\n")


async def watch(loop):
    used = time.thread_time()
    due = time.monotonic() + {_EVERY}
    while True:
        await asyncio.sleep(due - time.monotonic())
        now, using = time.monotonic(), time.thread_time()
        notes.write(f"late {{due}} {{now}} {{using - used}}\\n")
        used, due = using, now + {_EVERY}


async def async_setup(hass, config):
    async def write_states(call):
        turn = time.monotonic()
        for number in range(call.data["count"]):
            # As an event entity of ours shows an action that was missed.
            attributes = {{
                "event_type": "sit",
                "action_id": number,
                "confidence": 0.9,
                "duration": 1.0,
                "replay": True,
                "started_at": f"2026-01-01T00:00:00.{{number:06}}+00:00",
                "friendly_name": "Hall Action",
            }}
            hass.states.async_set("{CONTROL}", f"2026-01-01T00:00:00.{{number:06}}", attributes)
            if time.monotonic() - turn > call.data["turn"]:
                await asyncio.sleep(call.data["turn"])
                turn = time.monotonic()

    gc.callbacks.append(note_collection)
    hass.services.async_register("{DOMAIN}", "write_states", write_states)
    hass.async_create_background_task(watch(hass.loop), "{DOMAIN}")
    return True
"""


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when, by time.monotonic(), and the processor time of the loop's thread; s."""

    began: float
    ended: float
    used: float

    @property
    def ms(self) -> float:
        """Return how long it took."""
        return round((self.ended - self.began) * 1000, 1)


@dataclass(frozen=True, slots=True)
class Watched:
    """What was seen between two moments."""

    late: list[Span]
    collected: list[Span]

    def figures(self) -> dict[str, float]:
        """Return it in ms."""
        undisturbed = [span for span in self.late if not _overlaps(span, self.collected)]
        return {
            "longest_ms": _longest(self.late),
            "p99_ms": round(statistics.quantiles([s.ms for s in self.late], n=100)[98], 1),
            "longest_collection_ms": _longest(self.collected),
            # Whoever waited during a collection waited for it, whatever else went on.
            "longest_other_ms": _longest(undisturbed),
            # At most: the thread worked also before the timer was due.
            "longest_own_ms": max(min(span.ms, span.used * 1000) for span in undisturbed),
        }


class LoopWatch:
    """Takes notes in one Home Assistant, from its next start on."""

    def __init__(self, configuration: Path) -> None:
        """Add what takes the notes to the folder of a Home Assistant's configuration."""
        folder = configuration / "custom_components" / DOMAIN
        folder.mkdir()
        (folder / "__init__.py").write_text(_SOURCE)
        manifest = {"domain": DOMAIN, "name": "Loop watch", "version": "1.0.0"}
        (folder / "manifest.json").write_text(json.dumps(manifest))
        with (configuration / "configuration.yaml").open("a") as file:
            file.write(f"{DOMAIN}:\n")
        self._notes = folder / "notes"

    def between(self, began: float, ended: float) -> Watched:
        """Return what was seen between two moments."""
        spans: dict[str, list[Span]] = {"late": [], "collected": []}
        for line in self._notes.read_text().splitlines():
            kind, *numbers = line.split()
            span = Span(*map(float, numbers))
            if began < span.ended and span.began < ended:
                spans[kind].append(span)
        return Watched(**spans)


def now() -> float:
    """Return the time by the clock of the notes, which all processes of a machine share."""
    return time.monotonic()


def _overlaps(span: Span, others: Iterable[Span]) -> bool:
    return any(span.began < other.ended and other.began < span.ended for other in others)


def _longest(spans: Iterable[Span]) -> float:
    return max((span.ms for span in spans), default=0.0)
