"""Write what the apps' images install: the versions and hashes of uv.lock.

An app is built from its own folder alone, where uv.lock is not.
"""

from pathlib import Path
import subprocess
import sys

ROOT = Path(__file__).parents[2]
_COMMON = [
    *("export", "--quiet", "--frozen", "--no-dev"),
    *("--no-emit-workspace", "--no-annotate", "--no-header"),
]
_APPS = {
    "edge_addon": ["--package", "tinyact-edge"],
    # xgboost-cpu is the same without what graphics cards need.
    "cloud_classifier": [
        *("--package", "tinyact-cloud", "--extra", "learn"),
        *("--group", "image", "--prune", "xgboost"),
    ],
}


def exported(app: str) -> str:
    """Return the requirements of the app in folder `app`."""
    uv = ROOT / ".tools/bin/uv"
    command = [str(uv), *_COMMON, *_APPS[app]]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    return done.stdout


def file_of(app: str) -> Path:
    """Return where the requirements of `app` are kept."""
    return ROOT / app / "requirements.txt"


def main() -> int:
    """Write all of them."""
    for app in _APPS:
        file_of(app).write_text(exported(app), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
