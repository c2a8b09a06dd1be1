"""What people are told when the edge cannot do what they asked for."""

from collections.abc import Iterator
from contextlib import contextmanager

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .api import EdgeError, InvalidAuthError, RefusedError
from .const import DOMAIN
from .coordinator import TinyActConfigEntry


@contextmanager
def translated_errors(entry: TinyActConfigEntry) -> Iterator[None]:
    """Turn the EdgeErrors into errors that Home Assistant shows in people's language.

    Raises ServiceValidationError where the edge refused what was asked for,
    HomeAssistantError where it could not be asked.
    """
    try:
        yield
    except RefusedError as err:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="refused",
            translation_placeholders={"edge": entry.title, "detail": str(err)},
        ) from err
    except InvalidAuthError as err:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="invalid_auth") from err
    except EdgeError as err:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="edge_failed",
            translation_placeholders={"edge": entry.title, "error": str(err)},
        ) from err
