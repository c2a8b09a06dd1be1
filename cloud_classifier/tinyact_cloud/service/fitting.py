"""Fit a head in a process of its own, so that serving does not wait for it.

The process reads one msgpack message from its input and writes one to its output; no pickle
passes between them. Its input stays open while anybody waits for it: when whoever started it is
gone, the input ends, and so does the process.
"""

import asyncio
from asyncio.subprocess import PIPE
import os
from pathlib import Path
import sys
import threading
from typing import Any

import msgpack
import numpy as np

from tinyact_cloud.bundle import LATENT_SIZE, HeadKind, load_bundle
from tinyact_cloud.learning.examples import Examples, Variants
from tinyact_cloud.learning.remarks import TeachingError

# Lower priority than serving, and one thread: there may be but one core.
_NICE = 10
_THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
# Seconds; a fit takes a few.
TIMEOUT = 600.0
# 10 000 examples, or a head.
_MAX_MESSAGE = 64 << 20


class FitError(Exception):
    """A fit that gave no head; `final` when another try would end the same way.

    `reason` has code and parameters of the message, where it is about what was taught.
    """

    def __init__(self, message: str, *, final: bool, reason: dict[str, Any] | None = None) -> None:
        """Say why, and what to do."""
        super().__init__(message)
        self.final = final
        self.reason = reason


async def fit(task: dict[str, Any]) -> tuple[bytes, dict[str, Any]]:
    """Run `refit` on a `task` as `task_of` makes it; return the head and its report.

    Raises FitError. Cancelled, it ends the process.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tinyact_cloud.service.fitting"),
        stdin=PIPE,
        stdout=PIPE,
        env=os.environ | _THREADS,
    )
    try:
        async with asyncio.timeout(TIMEOUT):
            answer = await _converse(process, msgpack.packb(task))
    except TimeoutError:
        raise FitError(
            f"Fitting took more than {TIMEOUT:.0f} seconds. Delete examples, or use a faster "
            "machine.",
            final=True,
        ) from None
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    if answer is None:
        raise FitError(f"the process that fits ended with {process.returncode}", final=False)
    if "refused" in answer:
        raise FitError(answer["refused"], final=True, reason=answer.get("reason"))
    return answer["head"], answer["report"]


def task_of(
    bundle: Path,
    encoder: str,
    own: HeadKind,
    kind: HeadKind | None,
    codes: bytes,
    scales: list[float],
    variants: list[Variants],
    labels: list[str],
    wrong: list[bool],
    groups: list[str],
) -> dict[str, Any]:
    """Return what `fit` takes: a bundle, the kind of its head that is taught, and M examples.

    A head of `kind` is fitted beside that, None for the one that suits. The oldest example is
    first; `codes` holds M x 1024 int8, and codes x `scales` are the latents; `variants` M.
    """
    return {
        "bundle": str(bundle),
        "encoder": encoder,
        "own": own,
        "kind": kind,
        "codes": codes,
        "scales": scales,
        "variants": variants,
        "labels": labels,
        "wrong": wrong,
        "groups": groups,
    }


async def _converse(process: asyncio.subprocess.Process, task: bytes) -> dict[str, Any] | None:
    """Send the task; return the answer, None if there is none."""
    if process.stdin is None or process.stdout is None:
        raise TypeError("the process has no pipes")
    try:
        process.stdin.write(task)
        await process.stdin.drain()
    except ConnectionError:
        return None
    unpacker = msgpack.Unpacker(max_buffer_size=_MAX_MESSAGE)
    while chunk := await process.stdout.read(1 << 16):
        unpacker.feed(chunk)
    return next(iter(unpacker), None)


def main() -> None:
    """Read a task, fit, and write the answer."""
    # Not lower still where the service itself gives way to others: then nothing would be left.
    os.setpriority(os.PRIO_PROCESS, 0, max(_NICE, os.getpriority(os.PRIO_PROCESS, 0)))
    # What libraries print must not get between the answer's bytes.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    unpacker = msgpack.Unpacker(max_buffer_size=_MAX_MESSAGE)
    task = None
    while task is None and (chunk := os.read(sys.stdin.fileno(), 1 << 20)):
        unpacker.feed(chunk)
        task = next(iter(unpacker), None)
    if task is None:
        return
    threading.Thread(target=_end_with_input, daemon=True).start()
    with answers:
        answers.write(msgpack.packb(_answer(task)))


def _end_with_input() -> None:
    while os.read(sys.stdin.fileno(), 1 << 10):
        pass
    os._exit(1)


def _answer(task: dict[str, Any]) -> dict[str, Any]:
    # Slow to import, and needed by this process alone.
    from tinyact_cloud.learning.teach import QUICK_KINDS, refit  # noqa: PLC0415
    from tinyact_cloud.learning.trials import Base  # noqa: PLC0415

    bundle = load_bundle(Path(task["bundle"]))
    if bundle.encoder != task["encoder"]:
        return {"refused": "The model was replaced while the service ran. Restart the service."}
    codes = np.frombuffer(task["codes"], np.int8).reshape(-1, LATENT_SIZE)
    examples = Examples(
        latents=codes * np.array(task["scales"], np.float32)[:, None],
        labels=tuple(task["labels"]),
        wrong=np.array(task["wrong"], np.bool_),
        groups=tuple(task["groups"]),
        variants=tuple(task["variants"]),
    )
    kinds = (task["kind"],) if task["kind"] else QUICK_KINDS
    try:
        taught = refit(Base.of(bundle, task["own"]), examples, kinds)
    except TeachingError as error:
        reason = error.reason.as_dict() if error.reason else None
        return {"refused": str(error), "reason": reason}
    return {"head": taught.head, "report": taught.report_as_dict()}


if __name__ == "__main__":
    main()
