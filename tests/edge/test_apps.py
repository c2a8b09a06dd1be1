"""The files by which Home Assistant's Supervisor builds, runs and shows the two apps."""

from collections.abc import Iterator
import json
from pathlib import Path
import re
import struct
import subprocess
import sys
import tomllib
from typing import Any

import pytest
from ruamel.yaml import YAML
import voluptuous as vol

from tests.supervisor_rules import CONFIG, REPOSITORY, TRANSLATION, check_options
from tinyact_edge.options import OptionsError, read_options
from tinyact_image import dockerfile, requirements
from tinyact_image.dockerfile import DockerfileError

ROOT = Path(__file__).parents[2]
EDGE, CLASSIFIER = ROOT / "edge_addon", ROOT / "cloud_classifier"
APPS = pytest.mark.parametrize("app", [EDGE, CLASSIFIER], ids=lambda app: app.name)
LANGUAGES = {"en", "de", "fr", "es", "th"}


def load(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def kept() -> list[str]:
    """Return the paths of all files of the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return listed.stdout.splitlines()


@APPS
def test_the_supervisor_accepts_an_app(app: Path) -> None:
    config = CONFIG(load(app / "config.yaml"))
    project = tomllib.loads((app / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert config["version"] == project["version"]
    assert set(config["arch"]) == {"aarch64", "amd64"}
    assert config["init"] is False  # s6 is the first process
    assert all(port is None for port in config["ports"].values())  # open to nobody by itself
    assert not {"full_access", "host_network", "docker_api", "hassio_api"} & set(config)
    assert check_options(config["schema"], config["options"]) == config["options"]


@pytest.mark.parametrize(
    "change",
    [
        {"map": [{"type": "addon_config"}]},
        {"arch": ["armv7"]},
        {"watchdog": "http://localhost:8466/health"},
        {"services": ["mqtt"]},
        {"schema": {"days": "int(1;90)"}},
        {"schema": {"cameras": [["str"]]}},
        {"build_from": "debian"},
        {"version": None},
    ],
)
def test_the_rules_refuse_what_the_supervisor_does(change: dict[str, Any]) -> None:
    with pytest.raises(vol.Invalid):
        CONFIG(load(EDGE / "config.yaml") | change)


def test_the_supervisor_takes_no_other_file_for_an_app() -> None:
    found = {path for path in kept() if re.search(r"(^|/)config\.(ya?ml|json)$", path)}
    assert found == {"edge_addon/config.yaml", "cloud_classifier/config.yaml"}
    assert not [path for path in kept() if re.search(r"(^|/)build\.(ya?ml|json)$", path)]
    REPOSITORY(load(ROOT / "repository.yaml"))


def test_the_marketplace_takes_the_source_archive() -> None:
    # It refuses one of more than 100 MiB, expanded; ours stays under 60 MB with all that is in it.
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, capture_output=True, check=True)  # noqa: S607
    assert 1e6 < len(archive.stdout) < 60e6


def _edges() -> Iterator[dict[str, Any]]:
    """Give options at every end of what the form lets through."""
    config = load(EDGE / "config.yaml")
    for name, kind in config["schema"].items():
        if match := re.fullmatch(r"int\((\d+),(\d+)\)", str(kind)):
            yield from ({name: int(end)} for end in match.groups())
        elif match := re.fullmatch(r"list\((.+)\)", str(kind)):
            yield from ({name: one} for one in match[1].split("|"))
        elif kind == "bool":
            yield from ({name: value} for value in (True, False))


@pytest.mark.parametrize("chosen", list(_edges()), ids=json.dumps)
def test_the_edge_takes_what_its_form_lets_through(chosen: dict[str, Any], tmp_path: Path) -> None:
    config = load(EDGE / "config.yaml")
    filled = {
        "cameras": [{"name": "Kitchen", "url": "rtsp://me:p%40ss@192.0.2.7/stream2"}],
        "classifier": "http://abc-tinyact-classifier:8467",
        "classifier_token": "t0ken",
        "mqtt": "mqtt://broker",
        "mqtt_user": "me",
        "mqtt_password": "secret",
    }
    options = check_options(config["schema"], config["options"] | filled | chosen)
    (tmp_path / "options.json").write_text(json.dumps(options))
    assert len(read_options(tmp_path / "options.json", {}).cameras) == 1
    # What the form offers is known to the edge: all of it is either set above or by default.
    assert set(config["schema"]) - set(options) == {"mqtt_ca"}


def test_the_edge_names_the_option_that_is_wrong(tmp_path: Path) -> None:
    config = load(EDGE / "config.yaml")
    wrong = {"cameras": [{"name": "Kitchen", "url": "ftp://me:secret@192.0.2.7"}]}
    options = check_options(config["schema"], config["options"] | wrong)
    (tmp_path / "options.json").write_text(json.dumps(options))
    with pytest.raises(OptionsError, match=r"cameras\[0\]\.url") as refused:
        read_options(tmp_path / "options.json", {})
    assert "secret" not in str(refused.value)


@APPS
def test_every_option_is_explained_in_every_language(app: Path) -> None:
    config = load(app / "config.yaml")
    fields = {
        name: set(kind[0]) if isinstance(kind, list) else set()
        for name, kind in config["schema"].items()
    }
    found = {path.stem: TRANSLATION(load(path)) for path in (app / "translations").iterdir()}
    assert set(found) == LANGUAGES
    for language, texts in found.items():
        told = {name: set(text.get("fields", {})) for name, text in texts["configuration"].items()}
        assert told == fields, language
        assert set(texts["network"]) == set(config["ports"]), language


def test_github_accepts_the_workflows() -> None:
    folder = ROOT / ".github/workflows"
    done = subprocess.run(  # noqa: S603
        [
            Path(sys.executable).with_name("check-jsonschema"),
            *("--builtin-schema", "vendor.github-workflows"),
            *folder.iterdir(),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    # What runs before something is published, or publishes it, is pinned to what was read.
    texts = [(folder / name).read_text(encoding="utf-8") for name in ("ci.yaml", "publish.yaml")]
    for used in re.findall(r"uses: (\S+)", "".join(texts)):
        assert used.startswith("./") or re.search(r"@[0-9a-f]{40}$", used), used
    published = load(folder / "publish.yaml")["jobs"]["build"]["strategy"]["matrix"]
    assert published["arch"] == load(EDGE / "config.yaml")["arch"]
    assert published["app"] == [EDGE.name, CLASSIFIER.name]


@APPS
def test_an_app_has_what_the_store_shows(app: Path) -> None:
    for name, size in (("icon.png", (128, 128)), ("logo.png", (250, 100))):
        content = (app / name).read_bytes()
        assert content.startswith(b"\x89PNG\r\n\x1a\n")
        assert struct.unpack(">II", content[16:24]) == size
    assert (app / "DOCS.md").read_text(encoding="utf-8").startswith("# ")
    version = load(app / "config.yaml")["version"]
    assert f"## {version}\n" in (app / "CHANGELOG.md").read_text(encoding="utf-8")


@APPS
def test_an_image_holds_what_the_lock_file_names(app: Path) -> None:
    text = requirements.file_of(app.name).read_text(encoding="utf-8")
    remedy = "run: PYTHONPATH=script .venv/bin/python -m tinyact_image.requirements"
    assert text == requirements.exported(app.name), remedy
    assert "--hash=sha256:" in text
    assert not re.search(r"(?m)^(nvidia|torch|xgboost=)", text)


@APPS
def test_an_image_is_built_from_its_own_folder(app: Path) -> None:
    stages = dockerfile.read(app / "Dockerfile")
    assert {stage.base for stage in stages} == {"ghcr.io/home-assistant/base-debian:trixie"}
    for stage in stages:
        for step in stage.instructions:
            if step.name == "COPY" and not step.text.startswith("--from="):
                *sources, _ = step.text.split()
                assert all((app / source).exists() for source in sources), step.text
    # Versions of Debian's packages are Debian's business (DL3008).
    done = subprocess.run(  # noqa: S603
        [
            Path(sys.executable).with_name("hadolint"),
            *("--ignore", "DL3003", "--ignore", "DL3008", "--ignore", "DL3025"),
            app / "Dockerfile",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_a_step_that_cannot_be_done_is_not_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "Dockerfile"
    file.write_text("FROM debian\nRUN echo a \\\n # a comment\n && echo b\nADD x /\n")
    with pytest.raises(DockerfileError, match="ADD x /"):
        dockerfile.read(file)
    file.write_text(file.read_text().replace("ADD x /\n", ""))
    [stage] = dockerfile.read(file)
    assert [step.text for step in stage.instructions] == ["echo a && echo b"]


@APPS
def test_s6_finds_the_service(app: Path) -> None:
    services = app / "rootfs/etc/s6-overlay/s6-rc.d"
    names = {path.name for path in services.iterdir() if path.name != "user"}
    assert {path.name for path in (services / "user/contents.d").iterdir()} == names
    for name in names:
        assert (services / name / "type").read_text() == "longrun\n"
        assert (services / name / "dependencies.d/base").exists()
        needed = {path.name for path in (services / name / "dependencies.d").iterdir()}
        assert needed - {"base"} <= names
        for program in (services / name / "run", services / name / "finish"):
            assert program.stat().st_mode & 0o111 == 0o111
            assert program.read_text().startswith("#!/command/with-contenv bash\n")
    command = load(app / "config.yaml")["backup_pre"].split()[0]
    assert (app / "rootfs/usr/local/bin" / command).stat().st_mode & 0o111 == 0o111
    slug = load(app / "config.yaml")["slug"]
    profile = (app / "apparmor.txt").read_text()
    assert re.findall(r"^profile (\S+)", profile, re.MULTILINE) == [slug]
