"""Checks Kubernetes manifests by the models of Katib's and Kubernetes' Python packages.

Every key must be one of the model's, every value of its type, and what a model requires must be
there. Names that refer to others must find them. And the check checks itself: each key of each
manifest, misspelt, must be noticed.
"""
import copy
import datetime
import re
import sys

import mpi_job
import yaml
from kubeflow import katib
from kubernetes import client

MODELS = {
    "Deployment": client.V1Deployment,
    "Experiment": katib.V1beta1Experiment,
    "Job": client.V1Job,
    "MPIJob": mpi_job.V2beta1MPIJob,
    "PersistentVolumeClaim": client.V1PersistentVolumeClaim,
    "Service": client.V1Service,
}
PRIMITIVES = {"str": str, "int": int, "float": (int, float), "bool": bool, "datetime": datetime.datetime}
# What a model leaves open, but the manifests should not do without.
REQUIRED = {
    katib.V1beta1Experiment: ["apiVersion", "kind", "metadata", "spec"],
    katib.V1beta1ExperimentSpec: ["objective", "algorithm", "parameters", "trialTemplate",
                                  "metricsCollectorSpec", "maxTrialCount"],
    katib.V1beta1ObjectiveSpec: ["type", "objectiveMetricName"],
    katib.V1beta1AlgorithmSpec: ["algorithmName"],
    katib.V1beta1ParameterSpec: ["name", "parameterType", "feasibleSpace"],
    katib.V1beta1TrialTemplate: ["primaryContainerName", "trialParameters", "trialSpec"],
    katib.V1beta1TrialParameterSpec: ["name", "reference"],
    katib.V1beta1CollectorSpec: ["kind"],
    client.V1Container: ["image", "resources", "securityContext"],
    client.V1PodSpec: ["securityContext"],
    client.V1SecurityContext: ["allowPrivilegeEscalation", "capabilities"],
    client.V1PodSecurityContext: ["runAsNonRoot", "runAsUser", "seccompProfile"],
    client.V1ResourceRequirements: ["requests", "limits"],
    client.V1PersistentVolumeClaimSpec: ["accessModes", "resources"],
    client.V1HTTPGetAction: ["path"],
    client.V1ServiceSpec: ["selector", "ports"],
    client.V1EnvVar: ["value"],
    **mpi_job.REQUIRED,
}
ENUMERATED = {
    (katib.V1beta1ObjectiveSpec, "type"): {"maximize", "minimize"},
    (katib.V1beta1CollectorSpec, "kind"): {"StdOut"},
    (katib.V1beta1ParameterSpec, "parameterType"): {"double", "int", "categorical", "discrete"},
    (katib.V1beta1FeasibleSpace, "distribution"): {"uniform", "logUniform", "normal", "logNormal"},
    (katib.V1beta1AlgorithmSpec, "algorithmName"): {"random", "grid", "tpe", "hyperband"},
    (client.V1PodSpec, "restartPolicy"): {"Never", "OnFailure", "Always"},
    **mpi_job.ENUMERATED,
}
VERSIONS = {"Deployment": "apps/v1", "Experiment": "kubeflow.org/v1beta1", "Job": "batch/v1",
            "MPIJob": "kubeflow.org/v2beta1", "PersistentVolumeClaim": "v1", "Service": "v1"}


def class_of(name):
    return next(getattr(room, name) for room in (client, katib, mpi_job) if hasattr(room, name))


def pods_of(manifest):
    """The templates of the pods that a manifest makes."""
    if manifest["kind"] == "MPIJob":
        return mpi_job.pods(manifest)
    return [manifest["spec"]["template"]] if manifest["kind"] in ("Job", "Deployment") else []


def check_value(value, kind, where):
    """Yields what is wrong with a value of that OpenAPI type."""
    several = re.fullmatch(r"list\[(.+)\]", kind)
    mapping = re.fullmatch(r"dict[(\[]str, (.+)[)\]]", kind)
    if several:
        if not isinstance(value, list):
            yield f"{where}: expected a list, got {value!r}"
            return
        for index, item in enumerate(value):
            yield from check_value(item, several[1], f"{where}[{index}]")
    elif mapping:
        if not isinstance(value, dict):
            yield f"{where}: expected a mapping, got {value!r}"
            return
        for key, item in value.items():
            yield from check_value(item, mapping[1], f"{where}.{key}")
    elif kind in PRIMITIVES:
        if not isinstance(value, PRIMITIVES[kind]) or (isinstance(value, bool) != (kind == "bool")):
            yield f"{where}: expected {kind}, got {value!r}"
    elif kind != "object":
        yield from check_model(value, class_of(kind), where)


def check_model(value, model, where):
    """Yields what is wrong with a value that should be one of the model's."""
    if not isinstance(value, dict):
        yield f"{where}: expected a mapping, got {value!r}"
        return
    attributes = {json: name for name, json in model.attribute_map.items()}
    for key in value.keys() - attributes.keys():
        yield f"{where}: {model.__name__} has no {key}"
    for key in REQUIRED.get(model, []):
        if key not in value:
            yield f"{where}: expected {key}"
    known = {attributes[key]: item for key, item in value.items() if key in attributes}
    try:
        model(**known)  # It refuses to be made without what it requires.
    except ValueError as error:
        yield f"{where}: {error}"
    for name, item in known.items():
        key = model.attribute_map[name]
        yield from check_value(item, model.openapi_types[name], f"{where}.{key}".lstrip("."))
        allowed = ENUMERATED.get((model, key))
        if allowed and item not in allowed:
            yield f"{where}.{key}: expected one of {sorted(allowed)}, got {item!r}"


def check_pod(pod, where):
    """Yields names within a pod that lead nowhere."""
    volumes = {volume.get("name") for volume in pod.get("volumes", [])}
    for container in pod.get("containers", []):
        ports = {port.get("name") for port in container.get("ports", [])}
        for mount in container.get("volumeMounts", []):
            if mount.get("name") not in volumes:
                yield f"{where}: there is no volume {mount.get('name')}"
        for probe in ("readinessProbe", "livenessProbe"):
            port = container.get(probe, {}).get("httpGet", {}).get("port", "http")
            if probe in container and port not in ports:
                yield f"{where}: {probe} asks port {port}, which is none of {ports}"


def check_experiment(experiment):
    """Yields what is wrong between an experiment and the Job that it makes for each trial."""
    spec = experiment["spec"]
    template = spec["trialTemplate"]
    text = yaml.safe_dump(template["trialSpec"])
    references = {one["name"]: one["reference"] for one in template["trialParameters"]}
    used = set(re.findall(r"\$\{trialParameters\.([^}]*)\}", text))
    if used != references.keys():
        yield f"the trial uses {sorted(used)}, but trialParameters are {sorted(references)}"
    parameters = {one["name"]: one for one in spec["parameters"]}
    if set(references.values()) != parameters.keys():
        yield f"trialParameters refer to {sorted(references.values())}, not {sorted(parameters)}"
    for name, one in parameters.items():
        space = one["feasibleSpace"]
        if one["parameterType"] in ("double", "int"):
            if not float(space["min"]) < float(space["max"]):
                yield f"{name}: expected min below max"
        elif not space["list"]:
            yield f"{name}: expected a list"
    job = yaml.safe_load(re.sub(r"\$\{trialParameters\.[^}]*\}", "1", text))
    problems = list(check_manifest(job, "trialSpec"))
    yield from problems
    if problems:
        return
    containers = pods_of(job)[0]["spec"]["containers"]
    labels = mpi_job.LAUNCHER_LABEL if job["kind"] == "MPIJob" else None
    if template.get("primaryPodLabels") != labels:
        yield f"primaryPodLabels: expected {labels}"
    if template["primaryContainerName"] not in {one["name"] for one in containers}:
        yield f"the trial has no container {template['primaryContainerName']}"
    if not all(one.get("command") for one in containers):
        yield "the StdOut collector needs the command of the trial's container"


def check_manifest(manifest, where):
    """Yields what is wrong with one manifest."""
    kind = manifest.get("kind")
    if kind not in MODELS:
        yield f"{where}: expected one of {sorted(MODELS)}, got kind {kind}"
        return
    if manifest.get("apiVersion") != VERSIONS[kind]:
        yield f"{where}: expected apiVersion {VERSIONS[kind]}"
    problems = list(check_model(manifest, MODELS[kind], ""))
    yield from (f"{where}: {kind}: {problem}" for problem in problems)
    if problems:
        return
    if kind == "Experiment":
        yield from check_experiment(manifest)
    elif kind == "MPIJob":
        yield from (f"{where}: {problem}" for problem in mpi_job.check(manifest))
    for template in pods_of(manifest):
        yield from check_pod(template["spec"], where)
        selector = manifest["spec"].get("selector", {}).get("matchLabels", {})
        if not selector.items() <= template.get("metadata", {}).get("labels", {}).items():
            yield f"{where}: the selector does not match the pods' labels"


def check_together(manifests):
    """Yields services and claims that lead nowhere."""
    pods = [pod for one in manifests for pod in pods_of(one)]
    claims = {one["metadata"]["name"] for one in manifests if one["kind"] == "PersistentVolumeClaim"}
    for one in manifests:
        if one["kind"] == "Service" and not any(one["spec"]["selector"].items() <=
                                                pod.get("metadata", {}).get("labels", {}).items()
                                                for pod in pods):
            yield f"service {one['metadata']['name']} finds no pods"
    for pod in pods:
        for volume in pod["spec"].get("volumes", []):
            claim = volume.get("persistentVolumeClaim", {}).get("claimName")
            if claim and claim not in claims:
                yield f"there is no claim {claim}"


# Mappings whose keys are the users' own.
FREE = {"labels", "matchLabels", "annotations", "requests", "limits", "selector"}


def misspelt(manifest, inside=None):
    """Yields the manifest again and again, each time with another key misspelt."""
    items = manifest.items() if isinstance(manifest, dict) else enumerate(manifest)
    for key, value in list(items):
        if isinstance(manifest, dict) and (inside not in FREE or inside == "selector" and
                                           "matchLabels" in manifest):
            yield str(key), {(f"{k}x" if k == key else k): v for k, v in manifest.items()}
        if isinstance(value, (dict, list)):
            for name, changed in misspelt(value, key if isinstance(key, str) else inside):
                copied = copy.copy(manifest)
                copied[key] = changed
                yield f"{key}.{name}", copied


def main(paths):
    manifests = []
    problems = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            for manifest in yaml.safe_load_all(file):
                manifests.append(manifest)
                problems += check_manifest(manifest, path)
    problems += check_together(manifests) if not problems else []
    if problems:
        sys.exit("\n".join(problems))
    tried = 0
    for manifest in manifests:
        for name, changed in misspelt(manifest):
            tried += 1
            if not list(check_manifest(changed, "")):
                sys.exit(f"{manifest['kind']}: {name} misspelt was not noticed")
    print(f"{len(manifests)} manifests hold to their schemas; {tried} misspelt keys were noticed")


if __name__ == "__main__":
    main(sys.argv[1:])
