"""MXNet 1.9.1 and Gluino, by one and the same program of MXNet's interface; what Gluino alone has,
a frozen network for inference, is one more way."""

import problems


class Library:
    """`package` is "mxnet" or "gluino"; `kvstore` sums the gradients of so many workers."""

    def __init__(self, package, kvstore="device", workers=1):
        self.mx = __import__(package)
        self.kvstore, self.workers = kvstore, workers

    def version(self):
        return self.mx.__version__

    def sync(self):
        self.mx.nd.waitall()

    def ways(self, case):
        """By name, what makes (step, numbers): step(i) runs batch i, numbers() tells of the last."""
        if case.kind == "operator":
            return {"nd": lambda: self._operator(case)}
        ways = {"hybridized": lambda: self._network(case)}
        if case.kind == "training" and case.network != "lstm":
            ways["hybridized with its loss"] = lambda: self._network(case, joined=True)
        if case.kind == "inference" and hasattr(self.mx.gluon.HybridBlock, "freeze"):
            ways["frozen"] = lambda: self._network(case, frozen=True)
        return ways

    def _operator(self, case):
        mx = self.mx
        x = {name: mx.nd.array(value, dtype=value.dtype)
             for name, value in problems.inputs(case).items()}  # fmt: skip
        if case.network == "einsum":
            a, b = (x[name].as_np_ndarray() for name in "ab")
        calls = {
            "einsum": lambda: mx.np.einsum(problems.EINSUM, a, b),
            "batch_dot": lambda: mx.nd.batch_dot(x["a"], x["b"]),
            "softmax": lambda: mx.nd.softmax(x["x"]),
            "layer norm": lambda: mx.nd.LayerNorm(x["x"], x["gamma"], x["beta"]),
            "embedding": lambda: mx.nd.Embedding(x["ids"], x["weight"], 30000, 256),
            "sort": lambda: mx.nd.sort(x["x"]),
            "top-k": lambda: mx.nd.topk(x["x"], k=problems.TOP, ret_typ="value"),
        }
        last = []

        def step(_):
            last[:] = [calls[case.network]()]
            last[0].wait_to_read()

        return step, lambda: last[0].asnumpy().reshape(-1)[:8]

    def _network(self, case, frozen=False, joined=False):
        mx, gluon = self.mx, self.mx.gluon
        data = [(mx.nd.array(x), mx.nd.array(y)) for x, y in problems.batches(case)]
        if case.network == "lstm":
            net = gluon.rnn.LSTM(problems.UNITS, problems.LAYERS, "NTC", input_size=problems.UNITS)
        elif case.network in problems.NETWORKS:
            net = self._sequential(problems.NETWORKS[case.network])
        else:
            name = {"resnet18": "resnet18_v1", "mobilenet_v2": "mobilenetv2_1.0"}[case.network]
            net = gluon.model_zoo.vision.get_model(name)
        net.initialize(mx.init.Xavier())
        net(data[0][0])
        for p, value in zip(net.collect_params().values(), problems.weights(case) or ()):
            p.set_data(mx.nd.array(value))
        net.hybridize(static_alloc=True, static_shape=True)
        last = []
        if frozen:
            net = net.freeze(data[0][0])
        if case.kind == "inference":

            def infer(i):
                last[:] = [net(data[i % len(data)][0])]
                last[0].wait_to_read()

            return infer, lambda: self._numbers(case, last[0])

        loss_of = gluon.loss.SoftmaxCrossEntropyLoss()
        if joined:
            loss_of = self._joined(net, loss_of)
        loss_of.hybridize(static_alloc=joined, static_shape=joined)
        trainer = gluon.Trainer(net.collect_params(), "sgd", {
            "learning_rate": problems.LEARNING_RATE.get(case.network, 0.1)},
            kvstore=self.kvstore)  # fmt: skip

        def train(i):
            x, y = data[i % len(data)]
            with mx.autograd.record():
                out = x if joined else net(x)
                last[:] = [out.square().mean(axis=(1, 2)) if case.network == "lstm"
                           else loss_of(out, y)]  # fmt: skip
            last[0].backward()
            trainer.step(case.batch * self.workers)

        return train, lambda: self._numbers(case, last[0].mean().reshape(1))

    def _joined(self, net, loss):
        class Joined(self.mx.gluon.HybridBlock):
            def __init__(self):
                super().__init__()
                self.net, self.loss = net, loss

            def hybrid_forward(self, F, x, y):
                return self.loss(self.net(x), y)

        return Joined()

    def _numbers(self, case, array):
        if problems.weights(case) is None:
            return list(array.shape)
        return array.asnumpy().reshape(-1)[:8]

    def _sequential(self, layers):
        nn = self.mx.gluon.nn
        make = {
            "conv": lambda filters, kernel, padding: nn.Conv2D(filters, kernel, padding=padding),
            "norm": lambda: nn.BatchNorm(),
            "relu": lambda: nn.Activation("relu"),
            "tanh": lambda: nn.Activation("tanh"),
            "pool": lambda size: nn.MaxPool2D(size),
            "flatten": lambda: nn.Flatten(),
            "dense": lambda units: nn.Dense(units),
        }
        net = nn.HybridSequential()
        for name, *rest in layers:
            net.add(make[name](*rest))
        return net
