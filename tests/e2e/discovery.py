"""What Home Assistant finds by itself; other edges may be in its network."""

from typing import Any

from tinyact_demo.stack import Stack


async def discovered(home: Stack, edge: Stack, source: str) -> Any:
    """Wait until Home Assistant shows that it found the edge, and return how it goes on."""
    instance = (await edge.edge.get("/health"))["instance"]

    async def found() -> Any:
        async with home.home_assistant.listen() as socket:
            flows = await socket.command("config_entries/flow/progress")
        of_edge = (f for f in flows if f["context"].get("unique_id") == instance)
        return next((f for f in of_edge if f["context"]["source"] == source), None)

    flow = await home.home_server.part.until(found, 60)
    assert flow["handler"] == "tinyact"
    return flow
