"""What lies in deploy/: by schemas where nothing here can run it, and a real nginx."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
import re
import shutil
import subprocess
import sys
from typing import Any

import kubernetes_validate
import pytest
from ruamel.yaml import YAML

from tinyact_cloud.__main__ import _parser

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
KUBERNETES = "1.37"


def tool(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name(name)
    return subprocess.run(  # noqa: S603 - our own environment's
        [program, *arguments], capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def manifests() -> dict[str, Any]:
    """The Kubernetes manifests by kind."""
    loaded = YAML(typ="safe").load_all(DEPLOY / "kubernetes" / "classifier.yaml")
    return {manifest["kind"]: manifest for manifest in loaded}


def test_manifests_are_kubernetes(manifests: dict[str, Any]) -> None:
    assert set(manifests) == {
        "Deployment",
        "HorizontalPodAutoscaler",
        "Namespace",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "Service",
        "ServiceAccount",
    }
    for manifest in manifests.values():
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)
    manifests["Deployment"]["spec"]["replica"] = 2
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(manifests["Deployment"], KUBERNETES, strict=True)
    del manifests["Deployment"]["spec"]["replica"]


def test_manifests_fit_together(manifests: dict[str, Any]) -> None:
    labels = manifests["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert manifests["Service"]["spec"]["selector"] == labels
    for kind in ("PodDisruptionBudget", "Deployment"):
        assert manifests[kind]["spec"]["selector"]["matchLabels"] == labels
    assert manifests["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"] == labels
    assert manifests["HorizontalPodAutoscaler"]["spec"]["minReplicas"] >= 2
    assert "replicas" not in manifests["Deployment"]["spec"]


def test_containers_may_do_little(manifests: dict[str, Any]) -> None:
    pod = manifests["Deployment"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert not container["securityContext"]["allowPrivilegeEscalation"]
    reference = container["env"][0]["valueFrom"]["secretKeyRef"]
    assert reference == {"name": "tinyact-database", "key": "url"}
    for name, service in compose()["services"].items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert "healthcheck" in service, name


def test_commands_are_ours(manifests: dict[str, Any]) -> None:
    (container,) = manifests["Deployment"]["spec"]["template"]["spec"]["containers"]
    written = re.search(r"^CMD (\[.*\])$", (DEPLOY / "Containerfile").read_text(), re.MULTILINE)
    assert written
    for arguments in (container["args"], YAML(typ="safe").load(written[1])):
        parsed = _parser().parse_args(arguments)
        assert parsed.host == "0.0.0.0"  # noqa: S104 - inside a container
        assert parsed.log_format == "json"
    assert {probe["httpGet"]["path"] for key, probe in container.items() if "Probe" in key} == {
        "/healthz",
        "/readyz",
    }


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = YAML(typ="safe").load(DEPLOY / "compose.yaml")
    return loaded


def test_compose_file_is_one(tmp_path: Path) -> None:
    checker = ("--builtin-schema", "vendor.compose-spec")
    assert tool("check-jsonschema", *checker, DEPLOY / "compose.yaml").returncode == 0
    wrong = tmp_path / "compose.yaml"
    wrong.write_text((DEPLOY / "compose.yaml").read_text().replace("read_only:", "readonly:"))
    assert tool("check-jsonschema", *checker, wrong).returncode == 1


def test_containerfile_is_sound(tmp_path: Path) -> None:
    checked = tool("hadolint", DEPLOY / "Containerfile")
    assert (checked.returncode, checked.stdout) == (0, "")
    wrong = tmp_path / "Containerfile"
    wrong.write_text("FROM debian\nRUN cd /tmp\nINSTALL nginx\n")
    assert tool("hadolint", wrong).returncode == 1
    last = (DEPLOY / "Containerfile").read_text().rsplit("FROM", 1)[1]
    assert "\nUSER 10001:10001\n" in last


def test_what_is_copied_is_there() -> None:
    text = (DEPLOY / "Containerfile").read_text()
    copied = re.findall(r"^COPY (?!--)(.+) \S+$", text, re.MULTILINE)
    assert copied
    for source in " ".join(copied).split():
        assert (ROOT / source).exists(), source


@contextmanager
def certificate(folder: Path) -> Iterator[tuple[Path, Path]]:
    key, made = folder / "tinyact.key", folder / "tinyact.crt"
    subprocess.run(  # noqa: S603
        [
            shutil.which("openssl") or "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            key,
            "-out",
            made,
            "-subj",
            "/CN=tinyact.example",
            "-days",
            "1",
        ],
        check=True,
        capture_output=True,
    )
    yield key, made


def test_nginx_takes_the_example(tmp_path: Path) -> None:
    with certificate(tmp_path):
        text = (DEPLOY / "nginx.conf").read_text().replace("/etc/nginx/tls", str(tmp_path))
        whole = tmp_path / "whole.conf"
        whole.write_text(
            f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off;"
            f" client_body_temp_path {tmp_path}; {text} }}"
        )
        for content, status in ((whole.read_text(), 0), (whole.read_text() + "}", 1)):
            whole.write_text(content)
            checked = subprocess.run(  # noqa: S603
                ["/usr/sbin/nginx", "-t", "-q", "-c", whole, "-p", tmp_path],
                capture_output=True,
                text=True,
                check=False,
            )
            assert checked.returncode == status, checked.stderr
