"""Say which machine a measurement was made on."""

import os
from pathlib import Path
import platform

_CPU_INFO = Path("/proc/cpuinfo")


def machine() -> str:
    """Return the processor's name and how many cores of it this process may see."""
    return f"{_processor()}, {os.cpu_count() or 1} cores"


def _processor() -> str:
    # Linux tells platform.processor() hardly more than "x86_64"; on arm no "model name" is listed.
    if _CPU_INFO.is_file():
        for line in _CPU_INFO.read_text(errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name" and value.strip():
                return value.strip()
    return platform.processor() or platform.machine() or "unknown processor"
