"""Read and check the edge's options: a JSON file, as a Home Assistant app gets it, and flags."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
import json
import os
from pathlib import Path
import re
import ssl
from typing import Any
import unicodedata
from urllib.parse import SplitResult, urlsplit

import voluptuous as vol

from .bundle import DEFAULT_BUNDLE
from .camera_settings import flag
from .journal import KEEP_LATENTS_DAYS
from .pictures import Keeping
from .source import Source, parse_source

_MAX_FILE = 1 << 20
_MAX_NAME = 100
_KEEPING = Keeping()
MAX_CAMERAS = 64
LOG_LEVELS = ("debug", "info", "warning", "error")
_MQTT_PORTS = {"mqtt": 1883, "mqtts": 8883}


class OptionsError(Exception):
    """Options that cannot be used; the message names the option and what is allowed."""


@dataclass(frozen=True, slots=True)
class CameraOptions:
    """A camera to watch."""

    id: str
    name: str
    source: Source


@dataclass(frozen=True, slots=True)
class MqttOptions:
    """A broker to tell, and how to prove who does."""

    host: str
    port: int
    user: str | None
    password: str | None = field(repr=False)
    tls: ssl.SSLContext | None


@dataclass(frozen=True, slots=True)
class Options:
    """All options, checked."""

    host: str
    port: int
    data: Path
    bundle: Path
    cameras: tuple[CameraOptions, ...]
    classifier: str | None
    classifier_token: str | None = field(repr=False)
    mqtt: MqttOptions | None
    supervisor_mqtt: bool = True  # where mqtt is not set, use the broker that the Supervisor names
    log_level: str = LOG_LEVELS[1]
    keeping: Keeping = field(default_factory=Keeping)
    keep_latents_days: float = KEEP_LATENTS_DAYS


def default_data() -> Path:
    """Return the folder for the journal where none is named."""
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share"
    return Path(home) / "tinyact"


def camera_id(name: str) -> str:
    """Return an id made of `name`: lower-case ASCII letters, digits, - and _."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9_-]+", "-", ascii_name).strip("-_")[:64] or "camera"


def slug(value: Any) -> str:
    """Accept a camera's id."""
    if not isinstance(value, str) or not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", value):
        raise vol.Invalid("must be 1 to 64 of a-z, 0-9, - and _, and begin with a letter or digit")
    return value


def camera_name(value: Any) -> str:
    """Accept a camera's name."""
    name = value.strip() if isinstance(value, str) else ""
    if not 0 < len(name) <= _MAX_NAME or not name.isprintable():
        raise vol.Invalid(f"must be a text of 1 to {_MAX_NAME} printable characters")
    return name


def source(value: Any) -> Source:
    """Accept where a camera's pictures come from."""
    try:
        return parse_source(value if isinstance(value, str) else "")
    except ValueError as error:
        raise vol.Invalid(str(error)) from error


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise vol.Invalid("must be a text")
    return value


def _within(least: int, most: int) -> Callable[[Any], float]:
    def check(value: Any) -> float:
        number = value if isinstance(value, int | float) and not isinstance(value, bool) else -1
        if not least <= number <= most:
            raise vol.Invalid(f"must be a number from {least} to {most}")
        return float(number)

    return check


def _port(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 65535:  # noqa: PLR2004
        raise vol.Invalid("must be a number from 0 to 65535")
    return value


def _broker_url(value: Any) -> SplitResult:
    try:
        url = urlsplit(_text(value))
        usable = url.scheme in _MQTT_PORTS and url.hostname and url.port != 0
    except ValueError:
        usable = False
    if not usable or url.username or url.path.strip("/") or url.query or url.fragment:
        raise vol.Invalid("must be mqtt://HOST[:PORT], or mqtts://HOST[:PORT] for TLS")
    return url


def _service_url(value: Any) -> str:
    try:
        url = urlsplit(_text(value))
        usable = url.scheme in {"http", "https"} and url.hostname and url.port != 0
    except ValueError:
        usable = False
    if not usable or url.username or url.query or url.fragment:
        raise vol.Invalid("must be http://HOST:PORT or https://HOST[:PORT]")
    return str(value)


CAMERA_SCHEMA = vol.Schema(
    {
        vol.Optional("id"): slug,
        vol.Required("name"): camera_name,
        vol.Required("url"): source,
    }
)
_SCHEMA = vol.Schema(
    {
        vol.Optional("host", default="127.0.0.1"): _text,
        vol.Optional("port", default=8466): _port,
        vol.Optional("data", default=lambda: str(default_data())): vol.All(_text, vol.Coerce(Path)),
        vol.Optional("bundle", default=str(DEFAULT_BUNDLE)): vol.All(_text, vol.Coerce(Path)),
        vol.Optional("cameras", default=list): vol.All(
            [CAMERA_SCHEMA], vol.Length(max=MAX_CAMERAS, msg=f"must be {MAX_CAMERAS} at most")
        ),
        vol.Optional("classifier"): _service_url,
        vol.Optional("classifier_token"): _text,
        vol.Optional("classifier_token_file"): vol.All(_text, vol.Coerce(Path)),
        vol.Optional("mqtt"): _broker_url,
        vol.Optional("mqtt_user"): _text,
        vol.Optional("mqtt_password"): _text,
        vol.Optional("mqtt_password_file"): vol.All(_text, vol.Coerce(Path)),
        vol.Optional("mqtt_ca"): vol.All(_text, vol.Coerce(Path)),
        vol.Optional("mqtt_cert"): vol.All(_text, vol.Coerce(Path)),
        vol.Optional("mqtt_key"): vol.All(_text, vol.Coerce(Path)),
        vol.Optional("keep_days", default=_KEEPING.days): _within(1, 90),
        vol.Optional("keep_mb", default=_KEEPING.megabytes): _within(50, 1_000_000),
        vol.Optional("store_pictures", default=_KEEPING.store): flag,
        vol.Optional("keep_latents_days", default=KEEP_LATENTS_DAYS): _within(1, 90),
        vol.Optional("supervisor_mqtt", default=True): flag,
        vol.Optional("log_level", default=LOG_LEVELS[1]): vol.In(
            LOG_LEVELS, msg=f"must be one of {', '.join(LOG_LEVELS)}"
        ),
    }
)


def read_options(file: Path | None, flags: Mapping[str, Any]) -> Options:
    """Return the options of `file`, those of `flags` in their place. Raises OptionsError."""
    chosen = {**(_read_file(file) if file else {}), **flags}
    # An app's form leaves what is not filled in empty.
    chosen = {name: value for name, value in chosen.items() if value not in ("", None)}
    try:
        checked = _SCHEMA(chosen)
    except vol.MultipleInvalid as error:
        raise OptionsError(_in_words(error.errors[0])) from error
    token = checked.get("classifier_token")
    if path := checked.get("classifier_token_file"):
        token = _read_token(path)
    if "classifier" in checked and not token:
        raise OptionsError(
            "Option classifier needs a token: set classifier_token or classifier_token_file"
            " (tinyact-cloud token create prints one)."
        )
    return Options(
        host=checked["host"],
        port=checked["port"],
        data=checked["data"],
        bundle=checked["bundle"],
        cameras=_cameras(checked["cameras"]),
        classifier=checked.get("classifier"),
        classifier_token=token,
        mqtt=_mqtt(checked) if "mqtt" in checked else None,
        supervisor_mqtt=checked["supervisor_mqtt"],
        log_level=checked["log_level"],
        keeping=Keeping(checked["keep_days"], checked["keep_mb"], checked["store_pictures"]),
        keep_latents_days=checked["keep_latents_days"],
    )


def _mqtt(checked: dict[str, Any]) -> MqttOptions:
    url: SplitResult = checked["mqtt"]
    files = {name: checked.get(f"mqtt_{name}") for name in ("ca", "cert", "key")}
    tls = None
    if url.scheme == "mqtts":
        tls = _tls(**files)
    elif any(files.values()):
        raise OptionsError("Options mqtt_ca, mqtt_cert and mqtt_key need mqtt to be mqtts://...")
    password = checked.get("mqtt_password")
    if path := checked.get("mqtt_password_file"):
        password = _read_secret("mqtt_password_file", path)
    user = checked.get("mqtt_user")
    return MqttOptions(url.hostname or "", url.port or _MQTT_PORTS[url.scheme], user, password, tls)


def _tls(ca: Path | None, cert: Path | None, key: Path | None) -> ssl.SSLContext:
    if key and not cert:
        raise OptionsError("Option mqtt_key needs mqtt_cert, the certificate of that key.")
    try:
        context = ssl.create_default_context(cafile=ca)
        if cert:
            context.load_cert_chain(cert, key)
    except OSError as error:  # ssl's own are such, too
        raise OptionsError(
            f"Options mqtt_ca, mqtt_cert and mqtt_key: a file cannot be used ({error})."
        ) from error
    return context


def _cameras(chosen: list[dict[str, Any]]) -> tuple[CameraOptions, ...]:
    cameras: dict[str, CameraOptions] = {}
    for camera in chosen:
        number = camera.get("id") or camera_id(camera["name"])
        if number in cameras:
            raise OptionsError(
                f"Option cameras: two cameras have the id {number}; give one another name."
            )
        cameras[number] = CameraOptions(number, camera["name"], camera["url"])
    return tuple(cameras.values())


def _read_file(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_FILE + 1)
        if len(content) > _MAX_FILE:
            raise OptionsError(f"The options file {path} is too large.")
        options = json.loads(content)
    except OSError as error:
        raise OptionsError(f"The options file {path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise OptionsError(f"The options file {path} is not JSON: {error}.") from error
    if not isinstance(options, dict):
        raise OptionsError(f"The options file {path} must hold one JSON object.")
    return options


def _read_token(path: Path) -> str:
    token = _read_secret("classifier_token_file", path)
    if not token.isascii() or " " in token:
        raise OptionsError(f"Option classifier_token_file: {path} does not hold one token.")
    return token


def _read_secret(option: str, path: Path) -> str:
    """Return the one line in the file that `option` names."""
    try:
        with path.open(encoding="utf-8") as file:
            secret = file.read(4096).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise OptionsError(f"Option {option}: {path} cannot be read.") from error
    if not secret or not secret.isprintable():
        raise OptionsError(f"Option {option}: {path} does not hold one line.")
    return secret


def _in_words(error: vol.Invalid) -> str:
    """Name the option and what is allowed; never the value, which may hold a password."""
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.path)
    if error.error_message == "extra keys not allowed":
        known = ", ".join(sorted(str(key) for key in _SCHEMA.schema))
        return f"Option {path.lstrip('.')} is not known; known are {known}."
    return f"Option {path.lstrip('.')} {error.error_message}."
