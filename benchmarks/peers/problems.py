"""What is measured, the same for every library: networks as rows of layers, operators as calls.

Data and weights are NumPy arrays of fixed seeds, so that all libraries compute the same; each gives
a few numbers of what it computed, which run.py compares before it measures anything.
"""

import dataclasses

import numpy as np

CLASSES = 10
BATCHES = 8


@dataclasses.dataclass(frozen=True)
class Case:
    """One row of the table: `kind` is "training", "inference" or "operator"."""

    name: str
    kind: str
    batch: int  # samples in a step; 1 for an operator, whose rate is in calls
    network: str = ""  # of NETWORKS, "lstm", or the zoo's name of one
    shape: tuple = ()  # of one sample
    arguments: dict = dataclasses.field(default_factory=dict)


# As the networks of `make bench` (benchmarks/networks/problem.h), which are MXNet's tutorials' and a
# deeper one. A layer: ("conv", filters, kernel, padding), ("dense", units), ("pool", 2) or a name.
NETWORKS = {
    "mlp": [("flatten",), ("dense", 128), ("relu",), ("dense", 64), ("relu",), ("dense", CLASSES)],
    "lenet": [("conv", 20, 5, 0), ("tanh",), ("pool", 2), ("conv", 50, 5, 0), ("tanh",), ("pool", 2),
              ("flatten",), ("dense", 500), ("tanh",), ("dense", CLASSES)],
    "vgg": [layer for filters in (64, 128, 256)
            for layer in 2 * [("conv", filters, 3, 1), ("norm",), ("relu",)] + [("pool", 2)]]
    + [("flatten",), ("dense", 256), ("relu",), ("dense", CLASSES)],
}  # fmt: skip
DIGIT, SMALL, PHOTO = (1, 28, 28), (3, 32, 32), (3, 224, 224)
LEARNING_RATE = {"vgg": 0.001}  # of the others 0.1

UNITS, STEPS, LAYERS = 256, 35, 2  # of the LSTM

OPERATORS = {
    # name: what its inputs are, which operators.py of each library names
    "einsum": {"a": (32, 12, 128, 64), "b": (32, 12, 128, 64)},
    "batch_dot": {"a": (64, 128, 128), "b": (64, 128, 128)},
    "softmax": {"x": (4096, 1000)},
    "layer norm": {"x": (4096, 768), "gamma": (768,), "beta": (768,)},
    "embedding": {"ids": (64, 128), "weight": (30000, 256)},
    "sort": {"x": (256, 4096)},
    "top-k": {"x": (256, 4096)},
}
EINSUM = "nhqd,nhkd->nhqk"  # the scores of attention
TOP = 10


def cases():
    """All of them, in the table's order."""
    found = []
    for name, shape in (("LeNet", DIGIT), ("MLP", DIGIT), ("VGG", SMALL)):
        network = name.lower()
        for kind, batch in (("training", 32 if network == "vgg" else 100),
                            ("inference", 100), ("inference", 1)):  # fmt: skip
            found.append(Case(f"{name} {kind}, batch {batch}", kind, batch, network, shape))
    found.append(Case(f"LSTM {LAYERS} x {UNITS}, {STEPS} steps, training, batch 32", "training", 32,
                      "lstm", (STEPS, UNITS)))  # fmt: skip
    for title, network in (("ResNet-18", "resnet18"), ("MobileNet v2", "mobilenet_v2")):
        for kind, batch in (("training", 8), ("inference", 32), ("inference", 1)):
            found.append(Case(f"{title} {kind}, batch {batch}", kind, batch, network, PHOTO))
    for name, shapes in OPERATORS.items():
        sizes = ", ".join("x".join(map(str, shape)) for shape in shapes.values())
        found.append(Case(f"{name}, {sizes}", "operator", 1, name, arguments=shapes))
    return found


def random(shape, seed):
    return np.random.RandomState(seed).uniform(-1, 1, shape).astype(np.float32)


def inputs(case):
    """The inputs of an operator by name: float32, and int32 for ids."""
    return {name: np.random.RandomState(7).randint(0, 30000, shape).astype(np.int32)
            if name == "ids" else random(shape, 1 + number)
            for number, (name, shape) in enumerate(case.arguments.items())}  # fmt: skip


def batches(case):
    """Rows of (data, labels): random pictures and classes. The LSTM has no labels."""
    return [(random((case.batch, *case.shape), 100 + i),
             np.random.RandomState(200 + i).randint(0, CLASSES, case.batch).astype(np.int32))
            for i in range(BATCHES if case.batch * np.prod(case.shape) < 1e6 else 2)]  # fmt: skip


def weights(case):
    """Values per parameter, first layer first, weight before bias, as Xavier's rule has their
    ranges; weights are (out, in) and (filters, channels, height, width). Batch norm has factor,
    offset, mean and variance. None for networks of the zoos, which have weights of their own."""
    if case.network == "lstm":
        shapes = [shape for _ in range(LAYERS)
                  for shape in 2 * [(4 * UNITS, UNITS)] + 2 * [(4 * UNITS,)]]  # fmt: skip
        return [random(shape, i) / 16 for i, shape in enumerate(shapes)]
    if case.network not in NETWORKS:
        return None
    found, (channels, side, _) = [], case.shape
    for layer in NETWORKS[case.network]:
        if layer[0] in ("conv", "dense"):
            kernel = layer[2:3] * 2
            shape = (layer[1], channels, *kernel)
            reach = (6 / ((channels + layer[1]) * np.prod(kernel or (1,)))) ** 0.5
            found += [random(shape, len(found)) * np.float32(reach), np.zeros(layer[1], "float32")]
            channels = layer[1]
            side -= layer[2] - 1 - 2 * layer[3] if kernel else 0
        elif layer[0] == "norm":
            found += [make(channels, "float32") for make in (np.ones, np.zeros, np.zeros, np.ones)]
        elif layer[0] == "pool":
            side //= layer[1]
        elif layer[0] == "flatten":
            channels *= side * side
    return found
