"""What is wrong for long enough to ask people for help: the repair issues.

Each clears itself when what it is about is well again. A token that is refused
has a flow of its own, see async_start_reauth in the coordinator.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_call_later

from .api import InvalidAuthError
from .const import DOMAIN
from .coordinator import TinyActConfigEntry
from .models import Camera, Classifier, Journal

# Routers and cameras restart, and nobody wants to hear of it.
PATIENCE: Final = timedelta(minutes=5)

# Of the data of an issue, for whoever mends it.
CONF_ENTRY_ID: Final = "entry_id"
CONF_CAMERA_ID: Final = "camera_id"

EDGE_UNREACHABLE: Final = "edge_unreachable"
CLASSIFIER: Final = "classifier_"
JOURNAL: Final = "journal_"
CAMERA_UNAUTHORIZED: Final = "camera_unauthorized"
CAMERA_UNAVAILABLE: Final = "camera_unavailable"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Something that people can mend."""

    key: str
    placeholders: dict[str, str]
    severity: ir.IssueSeverity = ir.IssueSeverity.WARNING
    # How long it may last before it is told.
    patience: timedelta = PATIENCE
    camera_id: str | None = None


class Health:
    """Watches over an edge and what it needs, and keeps the repair issues up to date."""

    def __init__(self, hass: HomeAssistant, entry: TinyActConfigEntry) -> None:
        """Initialize the watch."""
        self._hass = hass
        self._entry = entry
        self._coordinator = entry.runtime_data
        self._problems: dict[str, Problem] = {}
        self._told: dict[str, Problem] = {}
        # Cancel the telling of those that may still go away.
        self._waiting: dict[str, CALLBACK_TYPE] = {}

    @callback
    def async_start(self) -> None:
        """Watch until the entry is unloaded."""
        self._async_look()
        self._entry.async_on_unload(self._coordinator.async_add_listener(self._async_look))
        self._entry.async_on_unload(self._async_stop)

    @callback
    def _async_look(self) -> None:
        """Take note of what is wrong now, and of what is well again."""
        self._problems = dict(self._found())
        for issue_id in (self._told.keys() | self._waiting.keys()) - self._problems.keys():
            self._async_clear(issue_id)
        for issue_id, problem in self._problems.items():
            if issue_id in self._told or not problem.patience:
                self._async_tell(issue_id, problem)
            elif issue_id not in self._waiting:
                self._async_wait(issue_id, problem.patience)

    def _found(self) -> Iterable[tuple[str, Problem]]:
        """Yield what is wrong, with the ids of the issues that tell of it."""
        entry_id = self._entry.entry_id
        if self._coordinator.last_update_success:
            state = self._coordinator.data
            if state.classifier.state not in {"ok", "local"}:
                yield f"classifier_{entry_id}", self._of_classifier(state.classifier)
            if state.journal.state != "ok":
                yield f"journal_{entry_id}", self._of_journal(state.journal)
            for camera in state.cameras.values():
                if not (camera.online or camera.paused):
                    yield f"camera_{entry_id}_{camera.id}", self._of_camera(camera)
            return
        # What was wrong behind it may be so still.
        edge = f"edge_{entry_id}"
        yield from (each for each in self._problems.items() if each[0] != edge)
        if not isinstance(self._coordinator.last_exception, InvalidAuthError):
            yield (
                edge,
                Problem(
                    key=EDGE_UNREACHABLE,
                    placeholders={"name": self._entry.title},
                    severity=ir.IssueSeverity.ERROR,
                ),
            )

    def _of_classifier(self, classifier: Classifier) -> Problem:
        """Return what is wrong with the classifier."""
        return Problem(
            key=f"{CLASSIFIER}{classifier.state}",
            placeholders={"name": self._entry.title, "detail": classifier.detail or ""},
            # Neither of the others goes away by itself.
            patience=PATIENCE if classifier.state == "unreachable" else timedelta(0),
        )

    def _of_journal(self, journal: Journal) -> Problem:
        """Return what is wrong with the disk that the edge writes to."""
        unwritable = journal.state == "unwritable"
        return Problem(
            key=f"{JOURNAL}{'unwritable' if unwritable else 'low'}",
            placeholders={"name": self._entry.title, "detail": journal.detail or ""},
            severity=ir.IssueSeverity.ERROR if unwritable else ir.IssueSeverity.WARNING,
            # What is recognised now is lost if the edge stops.
            patience=timedelta(0) if unwritable else PATIENCE,
        )

    def _of_camera(self, camera: Camera) -> Problem:
        """Return what is wrong with a camera."""
        unauthorized = camera.reason == "unauthorized"
        return Problem(
            key=CAMERA_UNAUTHORIZED if unauthorized else CAMERA_UNAVAILABLE,
            placeholders={"name": camera.name},
            camera_id=camera.id,
        )

    @callback
    def _async_wait(self, issue_id: str, patience: timedelta) -> None:
        """Tell of a problem if it lasts."""

        @callback
        def look_again(_now: datetime) -> None:
            del self._waiting[issue_id]
            if (problem := dict(self._found()).get(issue_id)) is not None:
                self._async_tell(issue_id, problem)

        self._waiting[issue_id] = async_call_later(self._hass, patience, look_again)

    @callback
    def _async_tell(self, issue_id: str, problem: Problem) -> None:
        """Raise an issue, or bring it up to date."""
        if self._told.get(issue_id) == problem:
            return
        if (cancel := self._waiting.pop(issue_id, None)) is not None:
            cancel()
        self._told[issue_id] = problem
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            issue_id,
            data={CONF_ENTRY_ID: self._entry.entry_id, CONF_CAMERA_ID: problem.camera_id},
            is_fixable=True,
            severity=problem.severity,
            translation_key=problem.key,
            translation_placeholders=problem.placeholders,
        )

    @callback
    def _async_clear(self, issue_id: str) -> None:
        """Be silent of a problem from now on."""
        if (cancel := self._waiting.pop(issue_id, None)) is not None:
            cancel()
        if self._told.pop(issue_id, None) is not None:
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)

    @callback
    def _async_stop(self) -> None:
        """Be silent of everything."""
        for issue_id in self._told.keys() | self._waiting.keys():
            self._async_clear(issue_id)
