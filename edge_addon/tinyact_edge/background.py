"""What goes on beside the requests: tasks that must not end, and what other threads have to say."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
import logging
from typing import Any

_LOGGER = logging.getLogger(__name__)

_PAUSE_SECONDS = 10.0


async def survive(task: Callable[..., Coroutine[Any, Any, None]], *arguments: Any) -> None:
    """Begin `task` anew whenever it fails: nobody else would notice that it is gone."""
    while True:
        try:
            return await task(*arguments)
        except Exception:
            _LOGGER.exception("%s failed and begins anew", task.__qualname__)
            await asyncio.sleep(_PAUSE_SECONDS)


def call_in(
    loop: asyncio.AbstractEventLoop, function: Callable[..., None], *arguments: Any
) -> None:
    """Call `function` in `loop`, from any thread; once that is closed nobody is left to tell."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(function, *arguments)
