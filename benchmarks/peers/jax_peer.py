"""JAX: each step compiled, and a pass over all batches compiled as one scan."""

import jax
import jax.numpy as jnp
import problems
from jax import lax

_IMAGES = ("NCHW", "OIHW", "NCHW")


def _network(layers, training):
    """(weights, x) to (outputs, the means and variances that batch norm saw)."""

    def forward(weights, x):
        rest, moved = iter(weights), []
        for name, *options in layers:
            if name == "conv":
                pad = 2 * [(options[2], options[2])]
                x = lax.conv_general_dilated(x, next(rest), (1, 1), pad, dimension_numbers=_IMAGES)
                x = x + next(rest)[:, None, None]
            elif name == "norm":
                scale, offset, mean, variance = (next(rest)[:, None, None] for _ in range(4))
                if training:
                    mean = x.mean((0, 2, 3), keepdims=True)[0]
                    variance = x.var((0, 2, 3), keepdims=True)[0]
                    moved += [mean, variance]
                x = (x - mean) * lax.rsqrt(variance + 1e-5) * scale + offset
            elif name == "pool":
                window = (1, 1, options[0], options[0])
                x = lax.reduce_window(x, -jnp.inf, lax.max, window, window, "VALID")
            elif name == "flatten":
                x = x.reshape(len(x), -1)
            elif name == "dense":
                weight = next(rest)
                x = x @ weight.reshape(len(weight), -1).T + next(rest)
            else:
                x = {"relu": jax.nn.relu, "tanh": jnp.tanh}[name](x)
        return x, moved

    return forward


def _lstm(weights, x):
    x = x.swapaxes(0, 1)
    for layer in range(problems.LAYERS):
        to_input, to_hidden, bias, hidden_bias = weights[4 * layer : 4 * layer + 4]
        zero = jnp.zeros((x.shape[1], problems.UNITS))

        def cell(state, row, to_hidden=to_hidden):
            hidden, memory = state
            i, f, g, o = jnp.split(row + hidden @ to_hidden.T, 4, -1)
            memory = jax.nn.sigmoid(f) * memory + jax.nn.sigmoid(i) * jnp.tanh(g)
            hidden = jax.nn.sigmoid(o) * jnp.tanh(memory)
            return (hidden, memory), hidden

        _, x = lax.scan(cell, (zero, zero), x @ to_input.T + bias + hidden_bias)
    return x.swapaxes(0, 1), []


class Library:
    def version(self):
        return jax.__version__

    def sync(self):
        pass

    def ways(self, case):
        if case.kind == "operator":
            return {"jit": lambda: self._operator(case)}
        if problems.weights(case) is None:
            return {}  # it has no zoo
        if case.kind == "inference":
            return {"jit": lambda: self._infer(case)}
        ways = {"jit": lambda: self._train(case)}
        if case.network in ("mlp", "lstm"):  # a convolution in a loop takes its slowest kernel
            ways["scan"] = lambda: self._train(case, scan=True)
        return ways

    def _operator(self, case):
        x = {name: jnp.asarray(value) for name, value in problems.inputs(case).items()}

        def layer_norm(x, gamma, beta):
            mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
            return (x - mean) * lax.rsqrt(variance + 1e-5) * gamma + beta

        call = jax.jit({
            "einsum": lambda a, b: jnp.einsum(problems.EINSUM, a, b),
            "batch_dot": jnp.matmul,
            "softmax": jax.nn.softmax,
            "layer norm": layer_norm,
            "embedding": lambda ids, weight: weight[ids],
            "sort": jnp.sort,
            "top-k": lambda x: lax.top_k(x, problems.TOP)[0],
        }[case.network])  # fmt: skip
        result = []

        def step(_):
            result[:] = [call(*x.values()).block_until_ready()]

        return step, lambda: result[0].reshape(-1)[:8]

    def _forward(self, case):
        if case.network == "lstm":
            return _lstm
        return _network(problems.NETWORKS[case.network], case.kind == "training")

    def _infer(self, case):
        data = [jnp.asarray(x) for x, _ in problems.batches(case)]
        weights = [jnp.asarray(value) for value in problems.weights(case)]
        forward, result = self._forward(case), []
        call = jax.jit(lambda weights, x: forward(weights, x)[0])

        def step(i):
            result[:] = [call(weights, data[i % len(data)]).block_until_ready()]

        return step, lambda: result[0].reshape(-1)[:8]

    def _train(self, case, scan=False):
        data = [(jnp.asarray(x), jnp.asarray(y)) for x, y in problems.batches(case)]
        state = [[jnp.asarray(value) for value in problems.weights(case)]]
        rate = problems.LEARNING_RATE.get(case.network, 0.1)
        forward, result = self._forward(case), []

        def loss_of(weights, x, y):
            out, moved = forward(weights, x)
            if case.network == "lstm":
                return jnp.square(out).mean(), moved
            return -jnp.take_along_axis(jax.nn.log_softmax(out), y[:, None], 1).mean(), moved

        # Where batch norm's means and variances stand: a vector's third and fourth in a row of four.
        layers = problems.NETWORKS.get(case.network, ())
        places, place = [], 0
        for name, *_ in layers:
            if name == "norm":
                places += [place + 2, place + 3]
            place += {"conv": 2, "dense": 2, "norm": 4}.get(name, 0)

        def update(weights, batch):
            (loss, moved), grads = jax.value_and_grad(loss_of, has_aux=True)(weights, *batch)
            new = [w - rate * g for w, g in zip(weights, grads, strict=True)]
            for where, value in zip(places, moved, strict=True):
                new[where] = 0.9 * weights[where] + 0.1 * value.reshape(-1)
            return new, loss

        if not scan:
            call = jax.jit(update, donate_argnums=0)

            def step(i):
                state[0], loss = call(state[0], data[i % len(data)])
                result[:] = [loss.block_until_ready()]

            return step, lambda: result[0].reshape(1)

        rows = tuple(jnp.stack(column) for column in zip(*data, strict=True))
        all_of_them = jax.jit(lambda weights, rows: lax.scan(update, weights, rows), donate_argnums=0)

        def epoch(_):
            state[0], losses = all_of_them(state[0], rows)
            result[:] = [losses.block_until_ready()]

        epoch.steps = len(data)
        return epoch, lambda: result[0][:1]
