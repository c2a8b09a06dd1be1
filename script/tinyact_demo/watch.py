"""See actions arrive in Home Assistant."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from .stack import Stack


@dataclass(frozen=True, slots=True)
class Arrival:
    """An action that stands in Home Assistant; times are ISO 8601."""

    camera: str
    label: str
    confidence: float
    started_at: str
    confirmed_at: str
    in_ha_at: str
    entity_id: str

    @property
    def latency(self) -> float:
        """Return the seconds from the frame that confirmed the action to Home Assistant's state."""
        way = datetime.fromisoformat(self.in_ha_at) - datetime.fromisoformat(self.confirmed_at)
        return way.total_seconds()


async def arrivals(stack: Stack) -> AsyncIterator[Arrival]:
    """Yield each action once, as its event entity shows it, from now until the connection ends.

    What the entity does not tell is taken from the edge's journal.
    """
    seen: set[int] = set()
    async with stack.home_assistant.listen() as socket:
        async for state in socket.state_changes():
            number = state["attributes"].get("action_id")
            if number is None or number in seen or not state["entity_id"].startswith("event."):
                continue
            seen.add(number)
            journal = (await stack.edge.get("/api/actions"))["actions"]
            action = next(action for action in journal if action["id"] == number)
            yield Arrival(
                camera=action["camera"],
                label=state["attributes"]["event_type"],
                confidence=state["attributes"]["confidence"],
                started_at=state["attributes"]["started_at"],
                confirmed_at=action["confirmed_at"],
                in_ha_at=state["last_updated"],
                entity_id=state["entity_id"],
            )
