"""What people are told when the edge cannot do what they asked for."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .api import CannotConnectError, EdgeError, InvalidAuthError, RefusedError
from .const import DOMAIN, LOGGER
from .coordinator import TinyActConfigEntry

# The codes for which there is a text: why the edge refuses (docs/edge-api.md),
# and why the classifier learnt nothing (docs/classifier-api.md). What a newer
# one says besides is shown as it says it.
_REFUSALS: Final = frozenset(
    {
        "classifier_unavailable",
        "no_action",
        "no_classifier",
        "nothing_kept",
        "other_encoder",
        "too_much_waits",
    }
)
_REASONS: Final = frozenset(
    {
        "bad_name",
        "everything",
        "no_label",
        "nothing_taught",
        "said_both",
        "too_few",
        "two_names",
    }
)
_LABELS: Final = frozenset({"label", "other", "others"})


@contextmanager
def translated_errors(entry: TinyActConfigEntry) -> Iterator[None]:
    """Turn the EdgeErrors into errors that Home Assistant shows in people's language.

    Raises ServiceValidationError where the edge refused what was asked for,
    HomeAssistantError where it could not be asked.
    """
    try:
        yield
    except EdgeError as err:
        raise translated(entry, err) from err


@callback
def translated(entry: TinyActConfigEntry, err: EdgeError) -> HomeAssistantError:
    """Return an EdgeError as Home Assistant shows it in people's language."""
    edge = {"edge": entry.title}
    match err:
        case RefusedError(code=code) if code in _REFUSALS:
            return ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key=f"refused_{code}",
                translation_placeholders=edge,
            )
        case RefusedError():
            return ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="refused",
                translation_placeholders=edge | {"detail": str(err)},
            )
        case InvalidAuthError():
            return HomeAssistantError(translation_domain=DOMAIN, translation_key="invalid_auth")
    LOGGER.debug("%s: %s", entry.title, err)
    silent = isinstance(err, CannotConnectError)
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key="edge_failed" if silent else "not_understood",
        translation_placeholders=edge,
    )


@callback
def nothing_learnt(job: Mapping[str, Any], named: Callable[[str], str]) -> HomeAssistantError:
    """Return why a job of the classifier failed, as Home Assistant shows it.

    `named` returns what a label is called.
    """
    reason = job.get("reason") or {}
    if reason.get("code") not in _REASONS:
        return HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="fit_failed",
            translation_placeholders={"error": str(job["error"])},
        )
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key=f"fit_{reason['code']}",
        translation_placeholders={
            name: _in_words(value, named) if name in _LABELS else str(value)
            for name, value in reason["params"].items()
        },
    )


def _in_words(labels: str | list[str], named: Callable[[str], str]) -> str:
    """Return one label or several as they are called."""
    return ", ".join(map(named, [labels] if isinstance(labels, str) else labels))
