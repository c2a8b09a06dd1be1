"""The Supervisor's rules for an app's files, as of 2026: what config.yaml may hold, and options.

Written from what the Supervisor documents and refuses; where it would drop a key it does not know,
or warn of one that is out of date, this refuses, for nobody reads such a warning.
"""

from collections.abc import Mapping
import re
from typing import Any

import voluptuous as vol

_NUMBER = r"-?\d*\.?\d*"
_ELEMENT = re.compile(
    r"(?:bool|email|url|port|device(?:\(subsystem=[a-z]+\))?"
    r"|(?:str|password)(?:\(\d*,\d*\))?"
    rf"|(?P<kind>int|float)(?:\((?P<least>{_NUMBER}),(?P<most>{_NUMBER})\))?"
    r"|match\(.*\)|list\((?P<list>.+)\))\??"
)
# Since July 2026; before, app_config was called addon_config.
_FOLDERS = (
    *("data", "ssl", "local_apps", "backup", "share", "media"),
    *("homeassistant_config", "all_app_configs", "app_config"),
)
# advanced and codenotary are ignored since March 2026, build_from with build.yaml since April.
_SWITCHES = (
    *("init", "ingress", "ingress_stream", "panel_admin", "host_network", "host_pid", "host_ipc"),
    *("host_uts", "host_dbus", "udev", "tmpfs", "apparmor", "full_access", "audio", "video"),
    *("gpio", "usb", "uart", "devicetree", "kernel_modules", "realtime", "hassio_api"),
    *("homeassistant_api", "stdin", "docker_api", "auth_api", "journald"),
)


def _element(value: Any) -> str:
    if not isinstance(value, str) or not _ELEMENT.fullmatch(value):
        raise vol.Invalid(f"{value!r} is no kind of option")
    return value


def _choice(value: Any) -> Any:
    """Accept an element, a list of one, or named ones: two levels, and no list in a list."""
    inner = vol.Any(_element, {str: _element})
    return vol.Any(_element, vol.All([inner], vol.Length(1, 1)), {str: inner})(value)


_VERSION = vol.All(str, vol.Match(r"^\d+\.\d+\.\d+$"))
_PORTS = {vol.Match(r"^\d{1,5}/(tcp|udp)$"): vol.Any(None, vol.All(int, vol.Range(1, 65535)))}

CONFIG = vol.Schema(
    {
        vol.Required("name"): str,
        vol.Required("version"): _VERSION,
        vol.Required("slug"): vol.Match(r"^[-_.A-Za-z0-9]+$"),
        vol.Required("description"): str,
        vol.Required("arch"): vol.All([vol.In(("aarch64", "amd64"))], vol.Length(min=1)),
        "url": vol.Url(),
        "startup": vol.In(("initialize", "system", "services", "application", "once")),
        "boot": vol.In(("auto", "manual", "manual_only")),
        "stage": vol.In(("stable", "experimental", "deprecated")),
        "homeassistant": _VERSION,
        "ports": _PORTS,
        "ports_description": {str: str},
        "watchdog": vol.Match(r"^(https?|tcp|\[PROTO:\w+\])://\[HOST\]:(\[PORT:\d+\]|\d+).*$"),
        "webui": vol.Match(r"^(https?|\[PROTO:\w+\])://\[HOST\]:\[PORT:\d+\].*$"),
        "ingress_port": int,
        "ingress_entry": str,
        "panel_icon": str,
        "panel_title": str,
        "discovery": [str],
        "services": [vol.Match(r"^(mqtt|mysql):(provide|want|need)$")],
        "map": [
            {vol.Required("type"): vol.In(_FOLDERS), "read_only": bool, "path": str},
        ],
        "backup": vol.In(("hot", "cold")),
        "backup_pre": str,
        "backup_post": str,
        "backup_exclude": [str],
        "environment": {vol.Match(r"^\w+$"): str},
        "image": str,
        "timeout": vol.All(int, vol.Range(10, 300)),
        "breaking_versions": [_VERSION],
        "options": dict,
        "schema": {str: _choice},
        **dict.fromkeys(_SWITCHES, bool),
    }
)

_TEXTS = vol.Schema({vol.Required("name"): str, "description": str, "fields": {str: vol.Self}})
TRANSLATION = vol.Schema({"configuration": {str: _TEXTS}, "network": {str: str}})
REPOSITORY = vol.Schema({vol.Required("name"): str, "url": vol.Url(), "maintainer": str})


def check_options(schema: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the Supervisor writes for the app. Raises vol.Invalid for what it refuses."""
    for name, kind in schema.items():
        first = kind[0] if isinstance(kind, list) else kind
        needed = not (isinstance(first, str) and first.endswith("?"))
        if needed and name not in options:
            raise vol.Invalid(f"option {name} is missing")
    return {name: _checked(schema[name], value) for name, value in options.items()}


def _checked(kind: Any, value: Any) -> Any:
    if isinstance(kind, list):
        return [_checked(kind[0], one) for one in vol.Schema(list)(value)]
    if isinstance(kind, dict):
        return check_options(kind, value)
    element = _ELEMENT.fullmatch(kind)
    assert element
    if value is None:
        raise vol.Invalid("a value is missing")
    if element["kind"]:
        number = {"int": int, "float": float}[element["kind"]]
        least, most = (number(end) if end else None for end in element.group("least", "most"))
        return vol.All(vol.Coerce(number), vol.Range(least, most))(value)
    if element["list"]:
        return vol.In(element["list"].split("|"))(str(value))
    return {"bool": vol.Boolean(), "url": vol.Url()}.get(kind.removesuffix("?"), str)(value)
