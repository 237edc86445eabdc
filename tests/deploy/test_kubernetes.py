"""deploy/kubernetes and what it takes in: complete, confined, and in agreement with what a node takes."""

import stat
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from server.cli import main
from server.config import DEFAULT_PORT, DEFAULT_UDP_PORT
from server.config_sources import load_config
from server.drain import WITHIN_MS
from tests.deploy.files import DEPLOY, check, program, read_documents, read_yaml

HERE: Final = DEPLOY / "kubernetes"
KUSTOMIZATIONS: Final = (
    HERE / "base",
    HERE / "example",
    HERE / "node-ports",
    DEPLOY / "redis",
    DEPLOY / "postgresql",
)
KEPT_IN: Final = "lamplit-secrets"
WORKLOADS: Final = ("lamplit", "lamplit-redis", "lamplit-postgres")


@cache
def documents() -> list[dict[str, Any]]:
    """Return every object of the example, but for what the component node-ports adds."""
    files = [
        path
        for folder in KUSTOMIZATIONS
        if folder.name != "node-ports"
        for path in sorted(folder.glob("*.yaml"))
        if path.name in read_yaml(folder / "kustomization.yaml").get("resources", [])
    ]
    return [document for path in files for document in read_documents(path.read_text())]


def found(kind: str, name: str) -> dict[str, Any]:
    (one,) = [
        document
        for document in documents()
        if (document["kind"], document["metadata"]["name"]) == (kind, name)
    ]
    return one


def pod(name: str) -> dict[str, Any]:
    inner: dict[str, Any] = found("StatefulSet", name)["spec"]["template"]["spec"]
    return inner


def node() -> dict[str, Any]:
    (container,) = pod("lamplit")["containers"]
    return dict(container)


def containers() -> list[Any]:
    return [
        pytest.param(workload, container, id=f"{workload}/{container['name']}")
        for workload in WORKLOADS
        for container in pod(workload)["containers"]
    ]


def generated() -> dict[str, list[str]]:
    """Return the config maps that are made, with the files in them."""
    return {
        one["name"]: one["files"]
        for folder in KUSTOMIZATIONS
        for one in read_yaml(folder / "kustomization.yaml").get("configMapGenerator", [])
    }


def test_every_object_says_what_it_is() -> None:
    names = [(one["kind"], one["metadata"]["name"]) for one in documents()]
    assert len(names) == len(set(names)) > 10
    for one in documents():
        assert one["apiVersion"]
        assert one["kind"] == "Namespace" or "spec" in one or one["kind"] == "ServiceAccount"


def test_whatever_a_kustomization_names_is_there() -> None:
    for folder in KUSTOMIZATIONS:
        content = read_yaml(folder / "kustomization.yaml")
        named = [*content.get("resources", []), *content.get("components", [])]
        named += [file for one in content.get("configMapGenerator", []) for file in one["files"]]
        named += [one["path"] for one in content.get("patches", []) if "path" in one]
        for name in named:
            assert (folder / name).exists(), (folder.name, name)


def test_nothing_secret_is_in_here() -> None:
    assert all(one["kind"] != "Secret" for one in documents())
    for folder in KUSTOMIZATIONS:
        assert "secretGenerator" not in read_yaml(folder / "kustomization.yaml")


@pytest.mark.parametrize("workload", WORKLOADS)
def test_what_a_pod_mounts_exists(workload: str) -> None:
    claims = found("StatefulSet", workload)["spec"].get("volumeClaimTemplates", [])
    volumes = pod(workload)["volumes"]
    known = {one["name"] for one in (*volumes, *(claim["metadata"] for claim in claims))}
    for container in pod(workload)["containers"]:
        assert {mount["name"] for mount in container["volumeMounts"]} <= known
    maps = [volume["configMap"]["name"] for volume in volumes if "configMap" in volume]
    assert maps
    assert set(maps) <= set(generated())


@pytest.mark.parametrize("workload", WORKLOADS)
def test_what_a_pod_keeps_secret_is_made_by_the_script(workload: str, secrets_folder: Path) -> None:
    made = {path.name for path in secrets_folder.iterdir()}
    for secret in (volume["secret"] for volume in pod(workload)["volumes"] if "secret" in volume):
        assert secret["secretName"] == KEPT_IN
        assert {item["key"] for item in secret["items"]} <= made
        # No one but the account that reads it; a cluster's key that others can read is refused.
        assert secret["defaultMode"] & 0o007 == 0
    variables = [one for container in pod(workload)["containers"] for one in container.get("env", [])]
    references = [one["valueFrom"] for one in variables if "secretKeyRef" in one.get("valueFrom", {})]
    for reference in references:
        assert reference["secretKeyRef"]["name"] == KEPT_IN
        assert reference["secretKeyRef"]["key"] in made


@pytest.mark.parametrize(("workload", "container"), containers())
def test_a_container_may_do_no_more_than_it_must(workload: str, container: dict[str, Any]) -> None:
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    around = pod(workload)
    assert around["securityContext"]["runAsNonRoot"] is True
    assert around["securityContext"]["runAsUser"] > 0
    assert around["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert around["automountServiceAccountToken"] is False
    assert around["enableServiceLinks"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(around)
    assert "memory" in container["resources"]["limits"]
    assert {"cpu", "memory"} <= set(container["resources"]["requests"])
    assert "livenessProbe" in container


def test_a_node_runs_as_its_image_does() -> None:
    (user,) = [
        line.split()[1]
        for line in (DEPLOY / "Dockerfile").read_text().splitlines()
        if line.startswith("USER ")
    ]
    context = pod("lamplit")["securityContext"]
    assert f"{context['runAsUser']}:{context['runAsGroup']}" == user


def test_a_nodes_life_is_asked_for_where_it_answers() -> None:
    container = node()
    assert container["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "http"}
    assert container["startupProbe"]["httpGet"] == {"path": "/healthz", "port": "http"}
    assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "http"}


def test_a_node_drains_before_it_is_stopped_and_has_the_time() -> None:
    command = node()["lifecycle"]["preStop"]["exec"]["command"]
    assert command == ["/bin/sh", "-c", 'exec lamplit drain "$LAMPLIT_CLUSTER__NODE_NAME"']
    with pytest.raises(SystemExit) as asked:
        main(["drain", "lamplit-0", "--help"])
    assert asked.value.code == 0
    assert pod("lamplit")["terminationGracePeriodSeconds"] > 2 * WITHIN_MS / 1_000


@pytest.mark.parametrize("folder", ["base", "example"])
def test_a_node_starts_with_what_it_is_given(folder: str) -> None:
    values = {
        "metadata.name": "lamplit-0",
        "status.hostIP": "203.0.113.7",
    }
    environment = {}
    for variable in node()["env"]:
        source = variable.get("valueFrom", {})
        if "secretKeyRef" not in source:
            text = values[source["fieldRef"]["fieldPath"]] if source else variable["value"]
            environment[variable["name"]] = text
    assert environment.pop("LAMPLIT_CONFIG") == "/etc/lamplit/lamplit.toml"
    config = load_config(HERE / folder / "lamplit.toml", environment)
    assert config.cluster.is_on
    assert config.cluster.node_name == "lamplit-0"
    assert config.media.public_addresses == ("203.0.113.7",)
    mounts = {one["name"]: one["mountPath"] for one in node()["volumeMounts"]}
    placed = {
        f"{mounts[volume['name']]}/{item['path']}"
        for volume in pod("lamplit")["volumes"]
        if "secret" in volume
        for item in volume["secret"]["items"]
    }
    assert placed == {config.cluster.key_file, config.cluster.redis_password_file}
    services = {one["metadata"]["name"] for one in documents() if one["kind"] == "Service"}
    assert config.cluster.redis_url == "redis://lamplit-redis:6379"
    assert "@lamplit-postgres:5432/" in config.store.url
    assert {"lamplit-redis", "lamplit-postgres"} <= services


def test_ports_are_the_same_wherever_they_are_said() -> None:
    ports = {one["name"]: one for one in node()["ports"]}
    assert ports["http"]["containerPort"] == DEFAULT_PORT
    assert ports["sound"]["containerPort"] == ports["sound"]["hostPort"] == DEFAULT_UDP_PORT
    assert ports["sound"]["protocol"] == "UDP"
    policy = found("NetworkPolicy", "lamplit")["spec"]
    let_in = {(port["port"], port["protocol"]) for rule in policy["ingress"] for port in rule["ports"]}
    assert let_in == {(DEFAULT_PORT, "TCP"), (DEFAULT_UDP_PORT, "UDP")}
    annotations = found("StatefulSet", "lamplit")["spec"]["template"]["metadata"]["annotations"]
    assert annotations["prometheus.io/port"] == str(DEFAULT_PORT)
    for service in (one for one in documents() if one["kind"] == "Service"):
        for port in service["spec"]["ports"]:
            name = service["spec"]["selector"]["app.kubernetes.io/name"]
            opened = {
                one["name"] for container in pod(name)["containers"] for one in container.get("ports", [])
            }
            assert port["targetPort"] in opened


def test_a_node_may_talk_to_nobody_but_redis_the_database_and_the_names() -> None:
    policy = found("NetworkPolicy", "lamplit")["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert {port["port"] for rule in policy["egress"] for port in rule["ports"]} == {6379, 5432, 53}
    assert all(rule["to"] for rule in policy["egress"])
    for name in ("lamplit-redis", "lamplit-postgres"):
        spec = found("NetworkPolicy", name)["spec"]
        assert spec["egress"] == []
        (rule,) = spec["ingress"]
        assert rule["from"] == [{"podSelector": {"matchLabels": {"app.kubernetes.io/name": "lamplit"}}}]


def test_one_node_at_a_time_is_taken_away() -> None:
    for kind in ("PodDisruptionBudget", "StatefulSet"):
        selector = found(kind, "lamplit")["spec"]["selector"]["matchLabels"]
        assert selector == {"app.kubernetes.io/name": "lamplit"}
    assert found("PodDisruptionBudget", "lamplit")["spec"]["maxUnavailable"] == 1
    scaling = found("HorizontalPodAutoscaler", "lamplit")["spec"]
    assert scaling["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "lamplit"}
    assert scaling["minReplicas"] == found("StatefulSet", "lamplit")["spec"]["replicas"] >= 2
    (down,) = scaling["behavior"]["scaleDown"]["policies"]
    assert down["value"] == 1


def test_autoscaling_reads_a_metric_that_the_adapter_makes() -> None:
    (rule,) = read_yaml(DEPLOY / "prometheus" / "adapter.yaml")["rules"]["custom"]
    metrics = found("HorizontalPodAutoscaler", "lamplit")["spec"]["metrics"]
    (asked,) = [one["pods"]["metric"]["name"] for one in metrics if one["type"] == "Pods"]
    assert asked == rule["name"]["as"]


def test_each_of_several_nodes_on_a_machine_has_a_port_of_its_own() -> None:
    folder = HERE / "node-ports"
    services = read_documents((folder / "services.yaml").read_text())
    limits = [one for one in read_yaml(folder / "kustomization.yaml")["patches"] if "patch" in one]
    assert f'"value": {len(services)} ' in limits[0]["patch"]
    text = read_yaml(folder / "statefulset.yaml")["spec"]["template"]["spec"]["containers"][0]["command"][2]
    for number, service in enumerate(services):
        (port,) = service["spec"]["ports"]
        assert service["spec"]["selector"] == {"statefulset.kubernetes.io/pod-name": f"lamplit-{number}"}
        assert service["spec"]["externalTrafficPolicy"] == "Local"
        assert port["port"] == port["targetPort"] == port["nodePort"]
        said = check(
            *("sh", "-c", text.replace("exec lamplit serve", "sh -c 'echo $LAMPLIT_MEDIA__UDP_PORT'")),
            LAMPLIT_CLUSTER__NODE_NAME=f"lamplit-{number}",
        )
        assert said.strip() == str(port["nodePort"])
    assert f"endPort: {services[-1]['spec']['ports'][0]['port']}" in limits[1]["patch"]


def test_the_databases_first_start_can_be_run() -> None:
    assert (DEPLOY / "postgresql" / "make_database.sh").stat().st_mode & stat.S_IXUSR


@pytest.mark.parametrize("with_node_ports", [False, True])
def test_kustomize_puts_it_together(tmp_path: Path, with_node_ports: bool) -> None:  # noqa: FBT001
    kubectl = program("kubectl")
    copy = tmp_path / "deploy"
    check("cp", "-r", DEPLOY, copy)
    if with_node_ports:
        file = copy / "kubernetes" / "example" / "kustomization.yaml"
        file.write_text(file.read_text().replace("# - ../node-ports", "- ../node-ports"))
    text = check(kubectl, "kustomize", copy / "kubernetes" / "example", HOME=str(tmp_path))
    whole = read_documents(text)
    names = {(one["kind"], one["metadata"]["name"]) for one in whole}
    for one in whole:
        assert one["kind"] == "Namespace" or one["metadata"]["namespace"] == "lamplit"
    for one in (one for one in whole if one["kind"] == "StatefulSet"):
        for volume in one["spec"]["template"]["spec"]["volumes"]:
            if "configMap" in volume:
                assert ("ConfigMap", volume["configMap"]["name"]) in names
    (stateful,) = [
        one for one in whole if (one["kind"], one["metadata"]["name"]) == ("StatefulSet", "lamplit")
    ]
    spec = stateful["spec"]["template"]["spec"]
    host_ports = [port for port in spec["containers"][0]["ports"] if "hostPort" in port]
    assert bool(host_ports) is not with_node_ports
    assert ("podAntiAffinity" in spec.get("affinity", {})) is not with_node_ports
    assert spec["containers"][0]["image"] == "registry.example/lamplit:0.1.0"
