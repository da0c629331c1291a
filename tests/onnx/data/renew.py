"""Writes networks as PyTorch exports them, each with what it is given and gives.

Needs torch (made with 1.13.1). Usage: python renew.py; writes NAME.onnx and NAME.npz beside itself.
"""

import pathlib

import numpy as np
import torch
from torch import nn

HERE = pathlib.Path(__file__).parent


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(4, 4, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 4, 3, padding=1, groups=2)
        self.norm2 = nn.BatchNorm2d(4)

    def forward(self, x):
        y = torch.relu(self.norm1(self.conv1(x)))
        return torch.relu(self.norm2(self.conv2(y)) + x)


class ConvNet(nn.Module):
    """Convolutions with batch norm, poolings of several kinds, a residual block, and a head."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 4, 5, stride=2, padding=2), nn.BatchNorm2d(4), nn.ReLU(),
            nn.MaxPool2d(3, 2, padding=1, ceil_mode=True), Residual(),
            nn.AvgPool2d(2, 2, padding=1, count_include_pad=False), nn.LeakyReLU(0.1),
            nn.Conv2d(4, 8, 3, dilation=2, padding=2), nn.PReLU(8), nn.AdaptiveAvgPool2d(1))
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(8, 6), nn.Hardswish(), nn.Dropout(),
                                  nn.Linear(6, 10), nn.LogSoftmax(dim=-1))

    def forward(self, x):
        return self.head(self.body(x))


class Recurrent(nn.Module):
    """A layer of each kind of cell, the LSTM of two layers and both directions."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 6, num_layers=2, bidirectional=True)
        self.gru = nn.GRU(12, 7)
        self.rnn = nn.RNN(7, 4, nonlinearity="relu")
        self.last = nn.Linear(4, 3)

    def forward(self, x):
        x, _ = self.lstm(x)
        x, _ = self.gru(x)
        x, state = self.rnn(x)
        return self.last(x), state


class Transformer(nn.Module):
    """An embedding and a block of attention with layer norm and a feed-forward part."""

    def __init__(self, size=16, heads=4):
        super().__init__()
        self.words = nn.Embedding(20, size)
        self.heads = heads
        self.qkv = nn.Linear(size, 3 * size)
        self.out = nn.Linear(size, size)
        self.norm1 = nn.LayerNorm(size)
        self.norm2 = nn.LayerNorm(size)
        self.wide = nn.Sequential(nn.Linear(size, 2 * size), nn.GELU(), nn.Linear(2 * size, size))

    def forward(self, words):
        x = self.words(words)
        batch, length, size = x.shape
        q, k, v = self.qkv(self.norm1(x)).chunk(3, dim=-1)

        def split(t):
            return t.reshape(batch, length, self.heads, size // self.heads).transpose(1, 2)

        weights = torch.softmax(split(q) @ split(k).transpose(-1, -2) / (size // self.heads) ** 0.5,
                                dim=-1)
        mixed = (weights @ split(v)).transpose(1, 2).reshape(batch, length, size)
        x = x + self.out(mixed)
        return x + self.wide(self.norm2(x))


class Shapes(nn.Module):
    """What moves elements: slices, pads, joins, upsampling, transposed convolution, reductions."""

    def __init__(self):
        super().__init__()
        self.up = nn.ConvTranspose2d(2, 3, 3, stride=2, padding=1, output_padding=1)
        self.norm = nn.GroupNorm(1, 3)

    def forward(self, x):
        y = self.norm(self.up(x))
        y = nn.functional.pad(y, (1, 2, 0, 1))
        y = torch.cat([y[:, :, 1::2], y[:, :, :-1:2]], dim=1)
        y = nn.functional.interpolate(y, scale_factor=2, mode="nearest")
        left, right = torch.split(y, [2, 4], dim=1)
        best, place = left.max(dim=-1)
        return best, place, right.mean(dim=(2, 3)).clamp(-0.1, 0.2), torch.where(right > 0, right, -right).amax(1)


def write(name, net, inputs, opset, dynamic=False):
    net.eval()
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_mean, -0.5, 0.5)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    axes = {"x": {0: "batch"}} if dynamic else None
    torch.onnx.export(net, inputs, HERE / f"{name}.onnx", opset_version=opset, input_names=["x"],
                      dynamic_axes=axes)
    with torch.no_grad():
        outputs = net(inputs)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    arrays = {f"out:{place}": array.numpy() for place, array in enumerate(outputs)}
    np.savez(HERE / f"{name}.npz", **{"in:x": inputs.numpy()}, **arrays)


def main():
    torch.manual_seed(7)
    images = torch.rand(2, 1, 28, 28)
    write("convnet", ConvNet(), images, 13)
    write("convnet_dynamic", ConvNet(), images, 17, dynamic=True)
    write("recurrent", Recurrent(), torch.rand(4, 2, 5), 14)
    words = torch.randint(0, 20, (2, 5))
    write("transformer", Transformer(), words, 17)
    write("transformer_dynamic", Transformer(), words, 13, dynamic=True)
    write("shapes", Shapes(), torch.rand(2, 2, 5, 6) - 0.5, 15)


if __name__ == "__main__":
    main()
