"""Note how long Python's full garbage collections stop a Home Assistant.

They walk through everything that Home Assistant has in memory, in whatever thread makes the next
object, and nothing else runs meanwhile; any integration whose states are recorded brings the next
one nearer. What an integration itself holds Home Assistant up for is what is left without them.
"""

import json
from pathlib import Path
import time

_DOMAIN = "garbage_log"
# One that is shorter holds nobody up.
_NOTICEABLE = 0.01  # seconds
_SOURCE = f"""\
import gc
from pathlib import Path
import time

began = 0.0


def note(phase, info):
    global began
    now = time.monotonic()
    if phase == "start":
        began = now
    elif now - began > {_NOTICEABLE}:
        with Path(__file__).with_name("collections").open("a") as file:
            file.write(f"{{began}} {{now}}\\n")


async def async_setup(hass, config):
    gc.callbacks.append(note)
    return True
"""


class GarbageLog:
    """Notes collections in one Home Assistant, from its next start on."""

    def __init__(self, configuration: Path) -> None:
        """Add what takes the notes to the folder of a Home Assistant's configuration."""
        folder = configuration / "custom_components" / _DOMAIN
        folder.mkdir()
        (folder / "__init__.py").write_text(_SOURCE)
        manifest = {"domain": _DOMAIN, "name": "Garbage log", "version": "1.0.0"}
        (folder / "manifest.json").write_text(json.dumps(manifest))
        with (configuration / "configuration.yaml").open("a") as file:
            file.write(f"{_DOMAIN}:\n")
        self._notes = folder / "collections"

    def during(self, since: float) -> list[tuple[float, float]]:
        """Return the beginning and end of each collection since a time, by time.monotonic()."""
        if not self._notes.exists():
            return []
        lines = (line.split() for line in self._notes.read_text().splitlines())
        spans = [(float(began), float(ended)) for began, ended in lines]
        return [span for span in spans if span[1] > since]


def now() -> float:
    """Return the time by the clock of the notes, which all processes of a machine share."""
    return time.monotonic()
