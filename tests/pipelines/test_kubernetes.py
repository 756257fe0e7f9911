"""The Kubernetes templates: by the schemas that Kubernetes publishes, and by its Pod Security Standards."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from kubernetes_validate import validate  # type: ignore[import-untyped]

from tests.pipelines.runner import ROOT

FOLDER = ROOT / "docs" / "templates" / "kubernetes"
Resource = dict[str, Any]
TEMPLATES: dict[str, Resource] = {
    f"{path.name} {resource['kind']}": resource
    for path in sorted(FOLDER.glob("*.yaml"))
    for resource in yaml.safe_load_all(path.read_text())
}
OLDEST, NEWEST = "1.29.0", "1.37.0"
"""The first one with sidecars that is not behind a switch, and the newest whose schemas are here."""


_SPECS = {name: each["spec"].get("jobTemplate", each)["spec"] for name, each in TEMPLATES.items()}
PODS_BY_NAME: dict[str, Resource] = {
    name: spec["template"]["spec"] for name, spec in _SPECS.items() if "template" in spec
}
PODS = [pytest.param(pod, id=name) for name, pod in PODS_BY_NAME.items()]
DEPLOYMENT = TEMPLATES["deployment.yaml Deployment"]


def containers(pod: Resource) -> list[Resource]:
    return [*pod["initContainers"], *pod["containers"]]


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@pytest.mark.parametrize("name", TEMPLATES)
def test_a_resource_is_as_its_published_schema_says(name: str, version: str) -> None:
    validate(TEMPLATES[name], version, strict=True)


@pytest.mark.parametrize("pod", PODS)
def test_a_pod_keeps_the_restricted_pod_security_standard(pod: Resource) -> None:
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    for container in containers(pod):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
    assert [each for each in pod["volumes"] if "hostPath" in each] == []


@pytest.mark.parametrize("pod", PODS)
def test_each_volume_that_is_mounted_is_there_and_the_key_comes_from_a_secret(pod: Resource) -> None:
    volumes = {each["name"]: each for each in pod["volumes"]}
    assert {mount["name"] for container in containers(pod) for mount in container["volumeMounts"]} == set(volumes)
    (secret,) = (each["secret"]["secretName"] for each in pod["volumes"] if "secret" in each)
    assert secret.startswith("reconciler")
    assert "OMNISTREAM_API_KEY" not in yaml.safe_dump(pod)


@pytest.mark.parametrize("pod", PODS)
def test_reconciler_reads_where_git_sync_writes(pod: Resource) -> None:
    sync, reconciler = containers(pod)
    options = dict(argument.removeprefix("--").partition("=")[::2] for argument in sync["args"])
    link = f"{options['root']}/{options['link']}"
    assert f"--config={link}/reconciler.yaml" in reconciler["args"]
    where = {container["name"]: mounted(container, options["root"]) for container in (sync, reconciler)}
    assert where == {"git-sync": {"name": "git"}, "reconciler": {"name": "git", "readOnly": True}}
    assert reconciler["workingDir"] == options["root"]  # the link moves; a directory behind it would be removed


def mounted(container: dict[str, Any], path: str) -> dict[str, Any]:
    (found,) = (mount for mount in container["volumeMounts"] if mount["mountPath"] == path)
    return {key: value for key, value in found.items() if key != "mountPath"}


def test_there_is_one_operator_and_never_two_at_once() -> None:
    spec = DEPLOYMENT["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})


def test_the_probes_ask_the_port_that_the_operator_listens_on() -> None:
    (operator,) = DEPLOYMENT["spec"]["template"]["spec"]["containers"]
    (listen,) = (argument for argument in operator["args"] if argument.startswith("--listen="))
    (port,) = operator["ports"]
    assert listen.rpartition(":")[2] == str(port["containerPort"])
    probes = {name: operator[name]["httpGet"] for name in ("livenessProbe", "readinessProbe")}
    assert probes == {
        "livenessProbe": {"path": "/healthz", "port": port["name"]},
        "readinessProbe": {"path": "/readyz", "port": port["name"]},
    }


@pytest.mark.parametrize("pod", PODS)
def test_the_journal_outlives_the_pod(pod: Resource) -> None:
    claims = {each["metadata"]["name"] for each in TEMPLATES.values() if each["kind"] == "PersistentVolumeClaim"}
    (claim,) = (each["persistentVolumeClaim"] for each in pod["volumes"] if "persistentVolumeClaim" in each)
    assert claim["claimName"] in claims
    (mount,) = (each for each in pod["containers"][0]["volumeMounts"] if each["mountPath"] == "/journal")
    assert f"--journal={mount['mountPath']}/" in " ".join(pod["containers"][0]["args"])
