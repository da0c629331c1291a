#!/usr/bin/env python3
"""Renews python/tests/gluon/mxnet_blocks.pickle.xz: Gluon's blocks as MXNet 1.9.1 pickles them.

    venv/bin/python tests/oracle/renew_blocks.py python/tests/gluon/mxnet_blocks.pickle.xz

with an environment as renew_numbers.py says. The file holds a dictionary: by the case's name the
pickle of the block, the inputs of a call and the outputs, arrays of NumPy's in lists. A new case is a
line here. MXNet can pickle neither Lambda nor HybridLambda of an operator's name, and of SymbolBlock,
Compose and SparseEmbedding none that has been called.
"""
import argparse
import lzma
import pathlib
import pickle
import sys
import types

import mxnet as mx
import numpy as np
from mxnet import gluon, nd
from mxnet.gluon import loss, nn, rnn
from mxnet.gluon.contrib import cnn as contrib_cnn, nn as contrib_nn, rnn as contrib_rnn
from mxnet.gluon.data.vision import transforms
from mxnet.gluon.model_zoo.vision import mobilenet, resnet

NOT_CALLED = {"SymbolBlock", "Compose", "SparseEmbedding", "BatchNormReLU"}
CASES = {}


class Eighths(mx.init.Uniform):
    """Weights that are short in the file."""

    def _init_weight(self, name, arr):
        super()._init_weight(name, arr)
        arr[:] = nd.round(arr * 8) / 8


def case(name, block, *inputs):
    """`name` begins with the class's. Instead of a call, "unroll" and its arguments."""
    CASES[name] = block, inputs


def real(*shape):
    return nd.array(np.round(np.random.uniform(-1, 1, shape) * 8) / 8)


def picture(*shape):
    return nd.array(np.random.randint(0, 256, shape), dtype="uint8")


def with_layers(block, *layers):
    for layer in layers:
        block.add(layer)
    return block


def functions_of_a_user():
    """A module that is there where the pickle is read, too."""
    module = types.ModuleType("functions_of_a_user")
    exec("def magnitude(F, x): return F.abs(x)", module.__dict__)
    sys.modules[module.__name__] = module
    return module


def layers():
    x, y = real(2, 3), real(2, 3, 2)
    for kind in (nn.Sequential, nn.HybridSequential):
        case(kind.__name__, with_layers(kind(), nn.Dense(2), nn.Activation("tanh")), x)
    for kind in (contrib_nn.Concurrent, contrib_nn.HybridConcurrent):
        case(kind.__name__, with_layers(kind(axis=1), nn.Dense(2), contrib_nn.Identity()), x)
    case("Identity", contrib_nn.Identity(), x)
    case("Dense", nn.Dense(2, in_units=3), x)
    case("Dense relu", nn.Dense(2, "relu", use_bias=False, flatten=False), real(2, 1, 3))
    case("Dropout", nn.Dropout(.5), x)
    case("Dropout axes", nn.Dropout(.5, axes=(1,)), x)
    case("Flatten", nn.Flatten(), real(2, 3, 1))
    case("Lambda function", nn.Lambda(abs), x)
    case("HybridLambda function", nn.HybridLambda(functions_of_a_user().magnitude), x)
    for block in (nn.Activation("softsign"), nn.ELU(), nn.GELU(), nn.LeakyReLU(.25), nn.PReLU(),
                  nn.SELU(), nn.Swish(2.)):
        case(type(block).__name__, block, x)
    rows = nd.array([0, 2])
    case("Embedding", nn.Embedding(3, 2), rows)
    case("Embedding sparse", nn.Embedding(3, 2, sparse_grad=True), rows)
    case("SparseEmbedding", contrib_nn.SparseEmbedding(3, 2), rows)
    for kind in (nn.BatchNorm, nn.LayerNorm, nn.InstanceNorm, contrib_nn.SyncBatchNorm):
        case(kind.__name__, kind(), y)
    case("BatchNormReLU", nn.BatchNormReLU(in_channels=3), y)
    case("BatchNorm global", nn.BatchNorm(-1, scale=False, center=False, use_global_stats=True), y)
    case("SyncBatchNorm of one", contrib_nn.SyncBatchNorm(3, 1, scale=False), y)
    case("InstanceNorm axis", nn.InstanceNorm(axis=2, scale=True), y)
    case("LayerNorm axis", nn.LayerNorm(axis=1, scale=False), y)
    case("GroupNorm", nn.GroupNorm(2, center=False), real(2, 4, 2))
    data = mx.sym.var("data")
    variables = mx.sym.var("w", shape=(2, 3)), mx.sym.var("b", shape=(2,))
    fc = mx.sym.FullyConnected(data, *variables, num_hidden=2)
    case("SymbolBlock", gluon.SymbolBlock(mx.sym.Group([mx.sym.tanh(fc), data * 2]), [data]), x)


def of_images():
    for n in (1, 2, 3):
        x, one_each = real(1, 2, *[3] * n), (1,) * n

        def make(name, *args, room=nn, n=n, **options):
            return getattr(room, name.format(n))(*args, **options)
        case(f"Conv{n}D", make("Conv{}D", 2, 3, 2, 1, activation="relu"), x)
        case(f"Conv{n}DTranspose", make("Conv{}DTranspose", 2, 2, 2, output_padding=1, use_bias=False,
                                        groups=2, in_channels=2), x)
        for kind in ("Max", "Avg"):
            case(f"{kind}Pool{n}D", make(kind + "Pool{}D", 3, 2, 1, ceil_mode=True), x)
            case(f"Global{kind}Pool{n}D", make(f"Global{kind}Pool{{}}D"), x)
        for kind, states in (("RNN", 1), ("LSTM", 2), ("GRU", 1)):
            cell = make(f"Conv{{}}D{kind}Cell", x.shape[1:], 2, 3, 3, one_each, room=contrib_rnn)
            case(f"Conv{n}D{kind}Cell", cell, x, [real(*x.shape) for _ in range(states)])
        shuffle = make("PixelShuffle{}D", 2, room=contrib_nn)
        case(f"PixelShuffle{n}D", shuffle, real(1, 2 ** n, *[2] * n))
    x = real(1, 2, 4, 4)
    case("Conv2D groups", nn.Conv2D(4, (1, 2), groups=2, dilation=2, use_bias=False, in_channels=2), x)
    case("ReflectionPad2D", nn.ReflectionPad2D(1), real(1, 1, 3, 3))
    cell = contrib_rnn.Conv2DLSTMCell((2, 4, 4), 1, 3, 3, 1, activation=nn.LeakyReLU(.25))
    case("Conv2DLSTMCell leaky", cell, x, [real(1, 1, 4, 4), real(1, 1, 4, 4)])
    for kind in (contrib_cnn.DeformableConvolution, contrib_cnn.ModulatedDeformableConvolution):
        case(kind.__name__, kind(2, (3, 3), padding=(1, 1), activation="relu"), x)
    for kind in (resnet.BasicBlockV1, resnet.BasicBlockV2, resnet.BottleneckV1, resnet.BottleneckV2):
        case(kind.__name__, kind(4, 2, True, 2), x)
    case("BasicBlockV1 straight", resnet.BasicBlockV1(2, 1), x)
    case("ResNetV1", resnet.ResNetV1(resnet.BasicBlockV1, [1], [2, 2], 2, thumbnail=True), x)
    case("ResNetV2", resnet.ResNetV2(resnet.BottleneckV2, [1], [4, 4], 2, thumbnail=True), x)
    case("LinearBottleneck", mobilenet.LinearBottleneck(2, 2, 2, 1), x)
    case("RELU6", mobilenet.RELU6(), x * 8)


def recurrent():
    x, state = real(1, 3), real(1, 2)
    for cell in (rnn.RNNCell(2, "relu", input_size=3), rnn.GRUCell(2),
                 rnn.ZoneoutCell(rnn.RNNCell(2), .5, .25),
                 contrib_rnn.VariationalDropoutCell(rnn.RNNCell(2), .5, .5, .5)):
        case(type(cell).__name__, cell, x, [state])
    case("RNNCell tanh", rnn.RNNCell(2), x, [state])
    case("LSTMCell", rnn.LSTMCell(2), x, [state, real(1, 2)])
    case("LSTMCell relu", rnn.LSTMCell(2, activation="relu", recurrent_activation="tanh"), x,
         [state, real(1, 2)])
    case("LSTMPCell", contrib_rnn.LSTMPCell(3, 2), x, [state, real(1, 3)])
    case("ResidualCell", rnn.ResidualCell(rnn.RNNCell(2)), state, [state])
    case("DropoutCell", rnn.DropoutCell(.5), x, [])
    for kind in (rnn.SequentialRNNCell, rnn.HybridSequentialRNNCell):
        stack = with_layers(kind(), rnn.RNNCell(2), rnn.DropoutCell(.5), rnn.GRUCell(2))
        case(kind.__name__, stack, x, [state, state])
    both = rnn.BidirectionalCell(rnn.RNNCell(2), rnn.GRUCell(2))
    case("BidirectionalCell", both, "unroll", 2, real(1, 2, 3))
    x = real(2, 1, 3)
    for kind, states in ((rnn.RNN, 1), (rnn.LSTM, 2), (rnn.GRU, 1)):
        case(kind.__name__, kind(2), x)
        layer = kind(2, 2, layout="NTC", bidirectional=True, dropout=.5)
        case(kind.__name__ + " states", layer, real(1, 2, 3), [real(4, 1, 2) for _ in range(states)])
    case("RNN tanh", rnn.RNN(2, activation="tanh"), x)
    case("GRU float64", rnn.GRU(2, dtype="float64"), x.astype("float64"))
    case("LSTM projected", rnn.LSTM(3, projection_size=2), x)
    # MXNet's operator reads neither on a processor.
    case("LSTM lengths", rnn.LSTM(2, use_sequence_length=True), x, None, nd.array([2]))
    case("LSTM clipped", rnn.LSTM(2, state_clip_min=-1, state_clip_max=1, state_clip_nan=True), x)


def losses():
    x, y = real(2, 3), real(2, 3)
    signs = nd.array([[1, -1, 1], [-1, 1, 1]])
    for name in ("Hinge", "SquaredHinge", "Logistic", "Huber", "L1", "L2"):
        case(name + "Loss", getattr(loss, name + "Loss")(), x, signs)
    case("LogisticLoss binary", loss.LogisticLoss(label_format="binary", weight=.5), x, signs > 0)
    case("SigmoidBinaryCrossEntropyLoss", loss.SigmoidBCELoss(), x, signs > 0)
    case("SigmoidBinaryCrossEntropyLoss sigmoid", loss.SigmoidBCELoss(from_sigmoid=True), x ** 2,
         signs > 0)
    case("CTCLoss", loss.CTCLoss(), real(1, 4, 3), nd.array([[0, 1]]))
    case("CTCLoss layout", loss.CTCLoss("TNC", "TN", weight=2.), real(4, 1, 3), nd.array([[0], [1]]))
    case("CosineEmbeddingLoss", loss.CosineEmbeddingLoss(margin=.1), x, y, nd.array([1, -1]))
    case("KLDivLoss", loss.KLDivLoss(from_logits=False), x, nd.softmax(y))
    case("PoissonNLLLoss", loss.PoissonNLLLoss(compute_full=True), x, y * y + 2)
    case("SDMLLoss", loss.SDMLLoss(), x, y)
    case("SoftmaxCrossEntropyLoss", loss.SoftmaxCELoss(), x, nd.array([0, 1]))
    dense = loss.SoftmaxCELoss(sparse_label=False, from_logits=True)
    case("SoftmaxCrossEntropyLoss dense", dense, x, y)
    case("TripletLoss", loss.TripletLoss(), x, y, real(2, 3))


def of_pictures():
    p, q, grey = picture(3, 4, 3), real(3, 4, 4), nd.ones((2, 2, 3), dtype="uint8") * 64
    t = transforms
    for block, x in ((t.Cast("float16"), p), (t.CenterCrop(2), p), (t.CropResize(0, 1, 2, 2, 3, 1), p),
                     (t.Normalize((.1, .2, .3), (.5, 1, 2)), q),
                     (t.RandomApply(t.Cast("float32"), 1.), p),
                     (t.RandomBrightness(0), p), (t.RandomContrast(0), p), (t.RandomSaturation(0), p),
                     (t.RandomHue(0), grey), (t.RandomColorJitter(*[1e-9] * 4), grey),
                     (t.RandomLighting(0), p), (t.RandomFlipLeftRight(), grey),
                     (t.RandomFlipTopBottom(), grey),
                     (t.RandomResizedCrop(2, (1, 1), (1, 1)), picture(3, 3, 3)),
                     (t.RandomRotation((0, 1), rotate_with_proba=0.), q), (t.Rotate(90), q),
                     (t.Resize((3, 2)), p), (t.ToTensor(), p),
                     (t.Compose([t.ToTensor(), t.Normalize(.5, .25)]), p)):
        case(type(block).__name__, block, x)
    case("CropResize alone", t.CropResize(0, 1, 2, 2), p)
    case("RandomApply never", t.RandomApply(t.Cast("float32"), 0.), p)
    case("Resize ratio", t.Resize(2, keep_ratio=True), picture(4, 8, 3))


def plain(value):
    """Arrays of NumPy's in the place of MXNet's."""
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return value.asnumpy() if isinstance(value, nd.NDArray) else value


def called(block, inputs):
    if isinstance(inputs[0], str):
        block.reset()
        return block.unroll(*inputs[1:], merge_outputs=True)
    return block(*inputs)


def pickled(name, block, inputs):
    """The pickle, inputs and outputs."""
    if hasattr(block, "initialize"):
        # The initializer of a block that has not been called is in the pickle.
        block.initialize(mx.init.One() if name == "SymbolBlock" else Eighths(.5))
    early = pickle.dumps(block, 4) if name in NOT_CALLED else None
    if name == "SparseEmbedding":
        gluon.Trainer(block.collect_params(), "sgd", {})
    if name == "BatchNormReLU":  # which needs MKL-DNN
        outputs = nd.relu(CASES["BatchNorm"][0](*inputs))
    else:
        outputs = called(block, inputs)
    return early or pickle.dumps(block, 4), plain(inputs), plain(outputs)


def main():
    """Writes the file anew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=pathlib.Path)
    path = parser.parse_args().file
    mx.random.seed(1)
    np.random.seed(1)
    for add in (layers, of_images, recurrent, losses, of_pictures):
        add()
    result = {name: pickled(name, *parts) for name, parts in CASES.items()}
    path.write_bytes(lzma.compress(pickle.dumps(result, 4), preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    main()
