"""Kubeflow's MPIJob, version v2beta1, as the models of Kubernetes' Python package describe theirs.

No package of PyPI carries this version. Fields and what is required follow the MPI operator's
definition of the resource, kubeflow.org_mpijobs.yaml.
"""


class _Model:
    """Made with attributes by name; ValueError without a required one."""

    openapi_types: dict = {}
    required: tuple = ()

    def __init__(self, **attributes):
        for name in self.required:
            if attributes.get(name) is None:
                raise ValueError(f"Invalid value for `{name}`, must not be `None`")


def _model(name, required=(), **types):
    words = {key: key.replace("api_version", "apiVersion") for key in types}
    return type(name, (_Model,), {"openapi_types": types, "attribute_map": words, "required": required})


V2beta1SchedulingPolicy = _model(
    "V2beta1SchedulingPolicy", minAvailable="int", queue="str", minResources="dict(str, object)",
    priorityClass="str", scheduleTimeoutSeconds="int")
V2beta1RunPolicy = _model(
    "V2beta1RunPolicy", cleanPodPolicy="str", ttlSecondsAfterFinished="int", activeDeadlineSeconds="int",
    backoffLimit="int", schedulingPolicy="V2beta1SchedulingPolicy", suspend="bool", managedBy="str")
V2beta1ReplicaSpec = _model(
    "V2beta1ReplicaSpec", ("template",), replicas="int", template="V1PodTemplateSpec", restartPolicy="str")
V2beta1MPIJobSpec = _model(
    "V2beta1MPIJobSpec", ("mpiReplicaSpecs",), slotsPerWorker="int", runLauncherAsWorker="bool",
    runPolicy="V2beta1RunPolicy", mpiReplicaSpecs="dict(str, V2beta1ReplicaSpec)", sshAuthMountPath="str",
    launcherCreationPolicy="str", mpiImplementation="str")
V2beta1MPIJob = _model(
    "V2beta1MPIJob", ("spec",), api_version="str", kind="str", metadata="V1ObjectMeta",
    spec="V2beta1MPIJobSpec")

ENUMERATED = {
    (V2beta1RunPolicy, "cleanPodPolicy"): {"None", "Running", "All"},
    (V2beta1ReplicaSpec, "restartPolicy"): {"Never", "OnFailure", "Always", "ExitCode"},
    (V2beta1MPIJobSpec, "launcherCreationPolicy"): {"AtStartup", "WaitForWorkersReady"},
    (V2beta1MPIJobSpec, "mpiImplementation"): {"OpenMPI", "Intel", "MPICH"},
}
# What the definition leaves open, but the manifests should not do without.
REQUIRED = {
    V2beta1MPIJobSpec: ["slotsPerWorker", "sshAuthMountPath", "mpiImplementation"],
    V2beta1ReplicaSpec: ["replicas", "restartPolicy"],
}
# The operator gives it to the pod in which mpirun runs.
LAUNCHER_LABEL = {"training.kubeflow.org/job-role": "launcher"}


def pods(job):
    """The templates of its pods."""
    return [replica["template"] for replica in job["spec"]["mpiReplicaSpecs"].values()]


def check(job):
    """Yields what is wrong with a job that holds to the schema."""
    spec = job["spec"]
    replicas = spec["mpiReplicaSpecs"]
    if replicas.keys() != {"Launcher", "Worker"}:
        yield f"mpiReplicaSpecs: expected Launcher and Worker, got {sorted(replicas)}"
        return
    if replicas["Launcher"]["replicas"] != 1:
        yield "expected one launcher"
    [launcher] = replicas["Launcher"]["template"]["spec"]["containers"]
    line = launcher.get("command", []) + launcher.get("args", [])
    processes = spec["slotsPerWorker"] * replicas["Worker"]["replicas"]
    if line[:1] != ["mpirun"] or f"-n {processes} " not in " ".join(line):
        yield f"expected the launcher to call mpirun -n {processes}, got {' '.join(line[:3])}"
    sent = {word for before, word in zip(line, line[1:]) if before == "-x"}
    if sent != {variable["name"] for variable in launcher.get("env", [])}:
        yield f"mpirun sends {sorted(sent)} to the workers, which is not the launcher's env"
