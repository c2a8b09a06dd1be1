"""Who may see what happens in front of a camera, and who may say what it was.

Home Assistant gives rights by entity: a camera's are those to its event entity.
"""

from homeassistant.auth.models import User
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from .const import DOMAIN
from .coordinator import TinyActConfigEntry
from .devices import camera_identifier


@callback
def async_may(
    hass: HomeAssistant, user: User, entry: TinyActConfigEntry, camera_id: str, policy: str
) -> bool:
    """Return whether a user has a right, a POLICY_… of Home Assistant, to a camera."""
    permissions = user.permissions
    if permissions.access_all_entities(policy):
        return True
    _, identifier = camera_identifier(entry, camera_id)
    entity_id = er.async_get(hass).async_get_entity_id(
        Platform.EVENT, DOMAIN, f"{identifier}_action"
    )
    return entity_id is not None and permissions.check_entity(entity_id, policy)
