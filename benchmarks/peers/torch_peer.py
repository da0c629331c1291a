"""PyTorch: eager, compiled, and both with the channels last."""

import problems
import torch
import torch.nn.functional as F
from torch import nn


class _Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.cells = nn.LSTM(problems.UNITS, problems.UNITS, problems.LAYERS, batch_first=True)

    def forward(self, x):
        return self.cells(x)[0]


class Library:
    """`of_net` and `of_optimizer` make them those of several processes."""

    def __init__(self, threads, of_net=lambda net: net, of_optimizer=lambda optimizer, net: optimizer):
        torch.set_num_threads(threads)
        self.of_net, self.of_optimizer = of_net, of_optimizer

    def version(self):
        return torch.__version__.split("+")[0]

    def sync(self):
        pass

    def ways(self, case):
        if case.kind == "operator":
            return {"eager": lambda: self._operator(case)}
        found = {"eager": lambda: self._network(case)}
        if case.network != "lstm":
            found["compiled"] = lambda: self._network(case, compiled=True)
        if case.network not in ("lstm", "mlp"):
            found["channels last"] = lambda: self._network(case, last=True)
            found["compiled, channels last"] = lambda: self._network(case, True, True)
        return found

    def _operator(self, case):
        x = {name: torch.from_numpy(value) for name, value in problems.inputs(case).items()}
        calls = {
            "einsum": lambda: torch.einsum(problems.EINSUM, x["a"], x["b"]),
            "batch_dot": lambda: torch.bmm(x["a"], x["b"]),
            "softmax": lambda: torch.softmax(x["x"], -1),
            "layer norm": lambda: F.layer_norm(x["x"], (768,), x["gamma"], x["beta"]),
            "embedding": lambda: F.embedding(x["ids"], x["weight"]),
            "sort": lambda: torch.sort(x["x"], -1)[0],
            "top-k": lambda: torch.topk(x["x"], problems.TOP)[0],
        }
        result = []

        def step(_):
            with torch.inference_mode():
                result[:] = [calls[case.network]()]

        return step, lambda: result[0].reshape(-1)[:8].numpy()

    def _network(self, case, compiled=False, last=False):
        data = [(torch.from_numpy(x), torch.from_numpy(y).long())
                for x, y in problems.batches(case)]  # fmt: skip
        net = self._make(case)
        values = problems.weights(case)
        if values:
            places = [t for n, t in net.state_dict().items() if "num_batches" not in n]
            for place, value in zip(places, values, strict=True):
                place.copy_(torch.from_numpy(value).reshape(place.shape))
        if last:
            net = net.to(memory_format=torch.channels_last)
            data = [(x.to(memory_format=torch.channels_last), y) for x, y in data]
        net.train(case.kind == "training")
        net = self.of_net(net)
        run = torch.compile(net, dynamic=False) if compiled else net
        result = []

        def numbers():
            return (list(result[0].shape) if values is None and case.kind == "inference"
                    else [1] if values is None
                    else result[0].detach().reshape(-1)[:8].numpy())  # fmt: skip

        if case.kind == "inference":

            def infer(i):
                with torch.inference_mode():
                    result[:] = [run(data[i % len(data)][0])]

            return infer, numbers

        rate = problems.LEARNING_RATE.get(case.network, 0.1)
        optimizer = self.of_optimizer(torch.optim.SGD(net.parameters(), lr=rate), net)

        def train(i):
            x, y = data[i % len(data)]
            optimizer.zero_grad(set_to_none=True)
            out = run(x)
            loss = out.square().mean() if case.network == "lstm" else F.cross_entropy(out, y)
            loss.backward()
            optimizer.step()
            result[:] = [loss]

        return train, numbers

    def _make(self, case):
        if case.network == "lstm":
            return _Lstm()
        if case.network not in problems.NETWORKS:
            import torchvision

            return getattr(torchvision.models, case.network)(weights=None)
        layers, channels, side = [], case.shape[0], case.shape[1]
        for name, *rest in problems.NETWORKS[case.network]:
            if name == "conv":
                layers.append(nn.Conv2d(channels, rest[0], rest[1], padding=rest[2]))
                channels, side = rest[0], side - rest[1] + 1 + 2 * rest[2]
            elif name == "dense":
                layers.append(nn.Linear(channels, rest[0]))
                channels = rest[0]
            elif name == "flatten":
                layers.append(nn.Flatten())
                channels *= side * side
            elif name == "pool":
                layers.append(nn.MaxPool2d(rest[0]))
                side //= rest[0]
            else:
                layers.append({"relu": nn.ReLU, "tanh": nn.Tanh}[name]() if name != "norm"
                              else nn.BatchNorm2d(channels))  # fmt: skip
        return nn.Sequential(*layers)
