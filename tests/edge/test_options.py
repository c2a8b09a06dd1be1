"""What the options may be, and what is said of others."""

import json
from pathlib import Path
from typing import Any

import pytest

from tinyact_edge.bundle import DEFAULT_BUNDLE
from tinyact_edge.options import OptionsError, camera_id, read_options
from tinyact_edge.pictures import Keeping
from tinyact_edge.source import Kind

URL = "rtsp://me:hidden@camera/x"


def from_file(tmp_path: Path, options: Any, **flags: Any) -> Any:
    """Read options from a file, and flags."""
    path = tmp_path / "options.json"
    path.write_text(json.dumps(options))
    return read_options(path, flags)


def test_without_any() -> None:
    options = read_options(None, {})
    assert (options.host, options.port) == ("127.0.0.1", 8466)
    assert options.bundle == DEFAULT_BUNDLE
    assert options.cameras == ()
    assert options.classifier is None


def test_from_a_file_as_an_app_writes_it(tmp_path: Path) -> None:
    options = from_file(
        tmp_path,
        {
            "host": "0.0.0.0",  # noqa: S104
            "port": 80,
            "cameras": [{"name": "Küche", "url": URL}, {"id": "den", "name": "x", "url": "a.mp4"}],
            "classifier": "https://classifier.example:8467",
            "classifier_token": "secret-token",
            "bundle": "",
        },
    )
    assert [(camera.id, camera.name, camera.source.kind) for camera in options.cameras] == [
        ("kuche", "Küche", Kind.LIVE),
        ("den", "x", Kind.FILE),
    ]
    assert options.bundle == DEFAULT_BUNDLE
    assert "hidden" not in repr(options)
    assert "secret-token" not in repr(options)


def test_how_much_is_kept_of_pictures(tmp_path: Path) -> None:
    assert read_options(None, {}).keeping == Keeping(days=7, megabytes=500, store=True)
    found = from_file(tmp_path, {"keep_days": 1, "keep_mb": 50.5}, store_pictures=False)
    assert found.keeping == Keeping(days=1, megabytes=50.5, store=False)


def test_how_long_latents_are_kept(tmp_path: Path) -> None:
    assert read_options(None, {}).keep_latents_days == 30
    assert from_file(tmp_path, {"keep_latents_days": 2}).keep_latents_days == 2


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"keep_days": 0}, "keep_days must be a number from 1 to 90"),
        ({"keep_days": float("nan")}, "keep_days must be a number"),
        ({"keep_mb": 49}, "keep_mb must be a number from 50"),
        ({"keep_latents_days": 0}, "keep_latents_days must be a number from 1 to 90"),
        ({"keep_mb": True}, "keep_mb must be a number"),
        ({"store_pictures": "no"}, "store_pictures must be true or false"),
    ],
)
def test_unusable_limits_of_pictures(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(OptionsError, match=words):
        read_options(None, wrong)


def test_flags_stand_before_the_file(tmp_path: Path) -> None:
    options = from_file(tmp_path, {"port": 80, "host": "10.0.0.1"}, port=81)
    assert (options.host, options.port) == ("10.0.0.1", 81)


def test_the_token_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret-token\n")
    flags = {"classifier": "http://h:1", "classifier_token_file": str(tmp_path / "token")}
    assert read_options(None, flags).classifier_token == "secret-token"  # noqa: S105


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"port": 70000}, "Option port must be a number from 0 to 65535"),
        ({"port": True}, "Option port must be"),
        ({"host": 1}, "Option host must be a text"),
        ({"prot": 1}, "Option prot is not known; known are bundle, cameras, classifier"),
        ({"cameras": "x"}, "Option cameras "),
        ({"cameras": [{"name": "x"}]}, r"Option cameras\[0\].url required"),
        ({"cameras": [{"name": "", "url": URL}]}, r"cameras\[0\].name must be a text of 1 to 100"),
        ({"cameras": [{"name": "x", "url": "ftp://me:hidden@h/"}]}, r"url is no usable address"),
        ({"cameras": [{"id": "A b", "name": "x", "url": URL}]}, r"cameras\[0\].id must be 1 to 64"),
        ({"cameras": [{"name": "x", "url": URL}] * 2}, "two cameras have the id x"),
        ({"cameras": [{"name": "x", "url": URL}] * 65}, "must be 64 at most"),
        ({"classifier": "h:1"}, "Option classifier must be http://HOST:PORT"),
        ({"classifier": "http://me:hidden@h"}, "Option classifier must be"),
        ({"classifier": "http://h:1"}, "Option classifier needs a token"),
        ({"classifier_token_file": "/nowhere/token"}, "Option classifier_token_file: /nowhere"),
        ([], "must hold one JSON object"),
    ],
)
def test_errors_name_the_option_and_what_is_allowed(
    tmp_path: Path, options: Any, message: str
) -> None:
    with pytest.raises(OptionsError, match=message) as caught:
        from_file(tmp_path, options)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"{", "is not JSON"), (b" " * (2 << 20), "is too large"), (None, "cannot be read")],
)
def test_a_file_that_is_none(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "options.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(OptionsError, match=message):
        read_options(path, {})


@pytest.mark.parametrize(
    ("name", "made"),
    [("Living room", "living-room"), ("Büro 2", "buro-2"), ("_x_", "x"), ("日本", "camera")],
)
def test_an_id_is_made_of_the_name(name: str, made: str) -> None:
    assert camera_id(name) == made
