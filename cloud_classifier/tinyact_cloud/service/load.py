"""How many latents wait in this process, and how many it classified."""

from dataclasses import dataclass


@dataclass(slots=True)
class Load:
    """Two numbers, of all heads together."""

    waiting: int = 0
    classified: int = 0


# Heads come and go with what sites teach; what they did is told of the process.
LOAD = Load()
