"""Give memory back that was freed, and tell how much is in use.

Decoders and networks in many threads leave the C library's heaps full of holes, which it would keep
for as long as the process lives.
"""

import asyncio
import ctypes

_EVERY_SECONDS = 60.0


class _MallInfo(ctypes.Structure):
    """What mallinfo2(3) returns."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    )


def heap() -> dict[str, int] | None:
    """Return the bytes of the C library's heaps, and those of them that are in use.

    What is not in use is holes. None where the C library is not GNU's, or older than 2.33.
    """
    try:
        tell = ctypes.CDLL(None).mallinfo2
    except AttributeError:
        return None
    tell.restype = _MallInfo
    found = tell()
    return {"bytes": found.arena + found.hblkhd, "in_use": found.uordblks + found.hblkhd}


async def give_back_now_and_then() -> None:
    """Run until cancelled; at once done where the C library is not GNU's."""
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except AttributeError:
        return
    while True:
        await asyncio.sleep(_EVERY_SECONDS)
        await asyncio.to_thread(trim, 0)
