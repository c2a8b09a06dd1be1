"""Print the PyPI requirements of the integrations named, of what they need and of HA's defaults.

Home Assistant would install them one by one at its first start; set-up does it at once.
Run by Home Assistant's own Python.
"""

from collections.abc import Iterable
import json
from pathlib import Path
import sys

from homeassistant import bootstrap  # type: ignore[import-not-found]  # not in the checker's venv
from homeassistant.auth.mfa_modules import totp  # type: ignore[import-not-found]  # likewise

COMPONENTS = Path(bootstrap.__file__).parent / "components"
# For Python 3.14 these versions exist as C++ source only; set-up takes newer ones.
SOURCE_ONLY = {"pymicro-vad==1.0.1", "pyspeex-noise==1.0.2"}
# Analytics imports it without naming it a dependency.
IMPORTED = {"hassio"}


def requirements(domains: Iterable[str]) -> set[str]:
    """Return the requirements of `domains` and of everything they depend on."""
    found: set[str] = set()
    seen: set[str] = set()
    waiting = list(domains)
    while waiting:
        domain = waiting.pop()
        if domain in seen:
            continue
        seen.add(domain)
        manifest = json.loads((COMPONENTS / domain / "manifest.json").read_text())
        found.update(manifest.get("requirements", []))
        waiting += manifest.get("dependencies", [])
    return found


if __name__ == "__main__":
    always = bootstrap.CORE_INTEGRATIONS | bootstrap.DEFAULT_INTEGRATIONS | IMPORTED
    wanted = requirements(always | set(sys.argv[1:])) | set(totp.REQUIREMENTS)
    print(*sorted(wanted - SOURCE_ONLY), sep="\n")
