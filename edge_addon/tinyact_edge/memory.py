"""Give memory back that was freed.

Decoders and networks in many threads leave the C library's heaps full of holes, which it would keep
for as long as the process lives.
"""

import asyncio
import ctypes

_EVERY_SECONDS = 60.0


async def give_back_now_and_then() -> None:
    """Run until cancelled; at once done where the C library is not GNU's."""
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except AttributeError:
        return
    while True:
        await asyncio.sleep(_EVERY_SECONDS)
        await asyncio.to_thread(trim, 0)
