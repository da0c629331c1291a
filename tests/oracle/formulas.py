"""What is right where MXNet's numbers are wrong or not to be had: NumPy in float64.

A formula gives the outputs; gradients are its finite differences, unless one stands in GRADIENTS.
Outputs of a formula that stands here for the gradients alone are compared with MXNet's.
"""
import ast

import numpy as np

from patterns import patterned

STEP = 1e-6


class Options:
    """The options of a case as values."""

    def __init__(self, case):
        self.attributes = case["attributes"]
        self.training = case.get("training", True)

    def __call__(self, name, default=None):
        text = self.attributes.get(name, default)
        try:
            return ast.literal_eval(text) if isinstance(text, str) else text
        except (ValueError, SyntaxError):
            return text


def softmax(x, axis):
    exponentials = np.exp(x - x.max(axis, keepdims=True))
    return exponentials / exponentials.sum(axis, keepdims=True)


def of_axis(values, x, axis):
    return values.reshape([-1 if i == axis % x.ndim else 1 for i in range(x.ndim)])


def batch_norm(o, x, gamma, beta, mean, var):
    if o.training and not o("use_global_stats", False):
        others = tuple(i for i in range(x.ndim) if i != o("axis", 1) % x.ndim)
        mean, var = x.mean(others), x.var(others)
    scale = 1 / np.sqrt(var + o("eps", 1e-3))
    factor = scale * (1 if o("fix_gamma", True) else gamma)
    y = (x - of_axis(mean, x, o("axis", 1))) * of_axis(factor, x, o("axis", 1))
    y = y + of_axis(beta, x, o("axis", 1))
    return (y, mean, scale) if o("output_mean_var", False) else y


def batch_norm_relu(o, *inputs):
    y, *statistics = batch_norm(o, *inputs)
    return np.maximum(y, 0), *statistics


def softmax_output(o, data, label):
    return softmax(data, 1)


def index_copy(o, old, places, new):
    result = old.copy()
    result[places.astype(int)] = new
    return result


def average(o, a, weights):
    axis = o("axis")
    axis = axis[0] if isinstance(axis, tuple) else axis
    # Written out: NumPy's own checks the weights, which finite differences change.
    shaped = of_axis(weights, a, axis)
    total = np.broadcast_to(shaped, a.shape).sum(axis)
    return (a * shaped).sum(axis) / total, total


def split(axis):
    def formula(o, x):
        sections = o("sections", 0)
        return tuple(np.split(x, sections if sections else o("indices")[1:], axis))

    return formula


def spread(function):
    def formula(o, x):
        axis = o("axis")
        return function(x, axis=axis, ddof=o("ddof", 0), keepdims=o("keepdims", False))

    return formula


def scatter_nd(o, data, indices):
    result = np.zeros(o("shape"))
    result[tuple(indices.astype(int))] = data
    return result


def at_least(function):
    return lambda o, *arrays: tuple(function(array) for array in arrays)


def where_scalar(scalar_first):
    def formula(o, condition, x):
        first, second = (o("scalar"), x) if scalar_first else (x, o("scalar"))
        return np.where(condition, first, second)

    return formula


def leaky(o, x):
    if o("act_type") == "selu":
        return 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * (np.exp(x) - 1))
    slope = (o("lower_bound", 0.125) + o("upper_bound", 0.334)) / 2  # of rrelu that is not trained
    slopes = np.where(x > 0, 1, slope)
    return slopes * x, slopes


def saturated(o, x):
    factor = o("min_factor")
    return factor * x + (1 - factor) * (x @ [0.299, 0.587, 0.114])[..., np.newaxis]


def eigen(x):
    """Of what is symmetric and stays so; of each vector the largest element is positive."""
    values, vectors = np.linalg.eigh((x + x.swapaxes(-1, -2)) / 2)
    largest = np.take_along_axis(vectors, np.abs(vectors).argmax(-2)[..., None, :], -2)
    return values, vectors * np.sign(largest)


def lamb_step(o, weight, g, r1, r2, weight32):
    norm = min(r1, o("upper_bound", -1)) if o("upper_bound", -1) > 0 else r1
    norm = max(norm, o("lower_bound", -1)) if o("lower_bound", -1) > 0 else norm
    return weight32 - o("lr") * norm / r2 * g


def unravel_index(o, places):
    shape = (10**6,) + o("shape")[1:]  # the first size does not matter
    return np.stack(np.unravel_index(places.astype(int), shape))


def norm_of_matrices(o, x):
    return np.linalg.norm(x, float(o("ord", 2)), axis=o("axis") or (-2, -1),
                          keepdims=o("keepdims", False))


def normalized(x, axes, eps):
    """What is normalised over axes, the mean and the deviation."""
    mean = x.mean(axes, keepdims=True)
    deviation = np.sqrt(((x - mean) ** 2).mean(axes, keepdims=True) + eps)
    return (x - mean) / deviation, mean, deviation


def layer_norm(o, x, gamma, beta):
    axis = o("axis", -1)
    normal, mean, deviation = normalized(x, axis, o("eps", 1e-5))
    return normal * of_axis(gamma, x, axis) + of_axis(beta, x, axis), mean, deviation


def group_norm(o, x, gamma, beta):
    groups = o("num_groups", 1)
    normal, mean, deviation = normalized(x.reshape(len(x), groups, -1), 2, o("eps", 1e-5))
    y = normal * gamma[:, None] + beta[:, None]
    return y.reshape(x.shape), mean[..., 0], deviation[..., 0]


def fft(o, x):
    transformed = np.fft.fft(x)
    return np.stack([transformed.real, transformed.imag], -1).reshape(*x.shape[:-1], -1)


def ifft(o, x):
    return np.fft.ifft(x[..., ::2] + 1j * x[..., 1::2]).real * (x.shape[-1] // 2)


def hawkes(o, lda, alpha, beta, state, lags, marks, length, max_time):
    state, result = state.copy(), np.zeros(len(lda))
    for i, now in enumerate(np.cumsum(lags, 1)):
        last = np.zeros(lda.shape[1])
        ends = [(k, max_time[i], False) for k in range(lda.shape[1])]
        events = [(int(k), t, True) for k, t in zip(marks[i], now)][:int(length[i])]
        for k, t, happens in events + ends:
            left = np.exp(-beta[k] * (t - last[k]))
            if happens:
                result[i] += np.log(lda[i, k] + alpha[k] * beta[k] * state[i, k] * left)
            result[i] -= lda[i, k] * (t - last[k]) + alpha[k] * state[i, k] * (1 - left)
            state[i, k], last[k] = happens + state[i, k] * left, t
    return result, state


def eig(o, x):
    values, vectors = np.linalg.eig(x)
    assert not np.imag(values).any()
    return values.real, vectors.real


def pinv(o, x, rcond=None):
    return np.linalg.pinv(x, o("rcond", 1e-15) if rcond is None else rcond)


def percentile(o, x, q=None):
    axis = o("axis")
    return np.percentile(x, o("q_scalar") if q is None else q, axis=axis,
                         method=o.attributes.get("interpolation", "linear"),
                         keepdims=o("keepdims", False))


FORMULAS = {
    "LayerNorm": layer_norm,
    "GroupNorm": group_norm,
    "_contrib_fft": fft,
    "_contrib_ifft": ifft,
    "_contrib_hawkesll": hawkes,
    "LeakyReLU": leaky,
    "BatchNorm": batch_norm,
    "_contrib_BatchNormWithReLU": batch_norm_relu,
    "SequenceLast": lambda o, x: x[-1],  # without lengths
    "SoftmaxActivation": lambda o, x: softmax(x, 1 if o("mode") == "channel" else -1),
    "SoftmaxOutput": softmax_output,
    "_contrib_index_copy": index_copy,
    "_image_adjust_lighting": lambda o, x: x,  # of one channel
    "_image_random_saturation": saturated,
    "_image_flip_left_right": lambda o, x: np.flip(x, -2),
    "_image_flip_top_bottom": lambda o, x: np.flip(x, -3),
    "_npi_bincount": lambda o, x: np.bincount(x.astype(np.int64), minlength=o("minlength", 0)),
    "_np_atleast_1d": at_least(np.atleast_1d),
    "_np_atleast_2d": at_least(np.atleast_2d),
    "_np_atleast_3d": at_least(np.atleast_3d),
    "_npi_average": average,
    "_npi_dsplit": split(2),
    "_npi_eig": eig,
    "_npi_eigvals": lambda o, x: eig(o, x)[0],
    "_npi_eigh": lambda o, x: eigen(x),
    "_npi_eigvalsh": lambda o, x: eigen(x)[0],
    "_npi_matmul": lambda o, a, b: a @ b,
    "_npi_norm": norm_of_matrices,
    "_npi_percentile": percentile,
    "_npi_pinv": pinv,
    "_npi_pinv_scalar_rcond": pinv,
    "_npi_rarctan2_scalar": lambda o, x: np.arctan2(o("scalar"), x),
    "_npi_rot90": lambda o, x: np.rot90(x, o("k", 1), o("axes")),
    "_npi_std": spread(np.std),
    "_npi_var": spread(np.var),
    "_npi_where_lscalar": where_scalar(True),
    "_npi_where_rscalar": where_scalar(False),
    "_unravel_index": unravel_index,
    "mp_lamb_update_phase2": lamb_step,
    "scatter_nd": scatter_nd,
    "softmax": lambda o, x: softmax(x, o("axis", -1)),
}

STATES = {"BatchNorm": (3, 4), "_contrib_BatchNormWithReLU": (3, 4)}
# What becomes of states: output 0.
UPDATED = {"mp_lamb_update_phase2": 4}


def softmax_output_gradient(o, heads, data, label):
    hot = np.eye(data.shape[1])[label.astype(int)]
    return [(softmax(data, 1) - hot) * heads[0], np.zeros_like(label)]


GRADIENTS = {
    "SoftmaxOutput": softmax_output_gradient,
    "_image_adjust_lighting": lambda o, heads, x: heads,
}


def outputs_of(case, inputs):
    outputs = FORMULAS[case["op"]](Options(case), *inputs)
    return [np.asarray(y, dtype=np.float64) for y in
            (outputs if isinstance(outputs, tuple) else (outputs,))]


def differences(case, inputs, heads, k):
    """The gradient of input k: central differences."""
    if case["inputs"][k].get("pattern") == "whole":  # labels and indices
        return np.zeros_like(inputs[k])

    def objective():
        return sum((y * head).sum() for y, head in zip(outputs_of(case, inputs), heads))

    gradient = np.zeros_like(inputs[k])
    for place in np.ndindex(gradient.shape):
        before = inputs[k][place]
        inputs[k][place] = before + STEP
        above = objective()
        inputs[k][place] = before - STEP
        gradient[place] = (above - objective()) / (2 * STEP)
        inputs[k][place] = before
    return gradient


def type_of(case):
    """The outputs' type: as the options say, or the first input's if that is a real one."""
    if case["op"] == "_npi_bincount":  # without weights
        return "int64"
    given = case["inputs"][0].get("type", "float32")
    return case["attributes"].get("dtype", given if given.startswith("float") else "float32")


def compute(case):
    inputs = [patterned(given, k) for k, given in enumerate(case["inputs"])]
    outputs = outputs_of(case, inputs)
    heads = [patterned({"shape": y.shape}, 7 + i) for i, y in enumerate(outputs)]
    states = STATES.get(case["op"], ())
    if case["op"] in GRADIENTS:
        gradients = GRADIENTS[case["op"]](Options(case), heads, *inputs)
    else:
        gradients = [np.zeros(0) if k in states else differences(case, inputs, heads, k)
                     for k in range(len(inputs))]
    changed = {k: outputs[i] for i, k in enumerate(case.get("over", []))}
    if case["op"] in UPDATED:
        changed[UPDATED[case["op"]]] = outputs[0]
    return {"outputs": [(y.astype(type_of(case)), "default") for y in outputs],
            "gradients": gradients, "states": changed}
