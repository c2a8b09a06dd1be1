"""Keep the cameras that were set up by API, and what was set for any camera."""

from dataclasses import dataclass, field
import json
import sqlite3

from .camera_settings import CameraSettings, settings_of
from .database import Database


@dataclass(frozen=True, slots=True)
class StoredCamera:
    """A camera set up by API. The URL may hold a password: it is never printed."""

    id: str
    name: str
    url: str = field(repr=False)


class StoredCameras:
    """The cameras in a database. Its methods block briefly, and raise JournalError."""

    def __init__(self, database: Database) -> None:
        """Keep them in `database`."""
        self._database = database

    def all(self) -> list[StoredCamera]:
        """Return the cameras that were set up by API."""
        with self._database.reading() as db:
            rows = db.execute("SELECT id, name, url FROM cameras ORDER BY id").fetchall()
        return [StoredCamera(*row) for row in rows]

    def settings(self) -> dict[str, CameraSettings]:
        """Return what was set for cameras, also for those of the options."""
        with self._database.reading() as db:
            rows = db.execute("SELECT camera, settings FROM camera_settings").fetchall()
        return {camera: settings_of(json.loads(text)) for camera, text in rows}

    def add(self, camera: StoredCamera, settings: CameraSettings | None = None) -> None:
        """Remember a camera."""
        with self._database.commit() as db:
            db.execute("INSERT INTO cameras VALUES (?, ?, ?)", (camera.id, camera.name, camera.url))
            _set(db, camera.id, settings or CameraSettings())

    def change(self, camera: StoredCamera, settings: CameraSettings) -> None:
        """Remember settings and, of a camera set up by API, name and URL."""
        with self._database.commit() as db:
            db.execute(
                "UPDATE cameras SET name = ?, url = ? WHERE id = ?",
                (camera.name, camera.url, camera.id),
            )
            _set(db, camera.id, settings)

    def remove(self, camera: str) -> None:
        """Forget a camera; its actions stay."""
        with self._database.commit() as db:
            db.execute("DELETE FROM cameras WHERE id = ?", (camera,))
            db.execute("DELETE FROM camera_settings WHERE camera = ?", (camera,))


def _set(db: sqlite3.Connection, camera: str, settings: CameraSettings) -> None:
    db.execute(
        "INSERT OR REPLACE INTO camera_settings VALUES (?, ?)",
        (camera, json.dumps(settings.as_json())),
    )
