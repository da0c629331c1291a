"""A line of Python for each class of the reference, by the name of the class; reference.py asks for
a line where one is lacking, and the tests run them all. `{}` is what the class is called.

In the families that are made alike the line is a template (reference.py), and an entry here says
what is put into it: the arguments, and for layers what the layer is given.
"""

# Arguments; the shape of the input, or the inputs as they are written.
LAYERS = {
    "Activation": ("'relu'", (2, 3)),
    "AvgPool1D": ("", (2, 3, 8)), "AvgPool2D": ("", (2, 3, 8, 8)), "AvgPool3D": ("", (2, 3, 4, 4, 4)),
    "MaxPool1D": ("", (2, 3, 8)), "MaxPool2D": ("", (2, 3, 8, 8)), "MaxPool3D": ("", (2, 3, 4, 4, 4)),
    "GlobalAvgPool1D": ("", (2, 3, 8)), "GlobalMaxPool1D": ("", (2, 3, 8)),
    "GlobalAvgPool2D": ("", (2, 3, 8, 8)), "GlobalMaxPool2D": ("", (2, 3, 8, 8)),
    "GlobalAvgPool3D": ("", (2, 3, 4, 4, 4)), "GlobalMaxPool3D": ("", (2, 3, 4, 4, 4)),
    "BatchNorm": ("", (2, 3, 8, 8)), "BatchNormReLU": ("", (2, 3, 8, 8)),
    "SyncBatchNorm": ("", (2, 3, 8, 8)), "GroupNorm": ("num_groups=2", (2, 4, 8, 8)),
    "InstanceNorm": ("", (2, 3, 8, 8)), "LayerNorm": ("", (2, 3)),
    "Conv1D": ("4, 3", (2, 3, 8)), "Conv1DTranspose": ("4, 3", (2, 3, 8)),
    "Conv2D": ("4, 3, padding=1", (2, 3, 8, 8)), "Conv2DTranspose": ("4, 3", (2, 3, 8, 8)),
    "Conv3D": ("4, 3", (2, 3, 4, 4, 4)), "Conv3DTranspose": ("4, 3", (2, 3, 4, 4, 4)),
    "Dense": ("4, activation='relu'", (2, 3)), "Dropout": ("0.5", (2, 3)),
    "ELU": ("", (2, 3)), "GELU": ("", (2, 3)), "LeakyReLU": ("0.1", (2, 3)), "PReLU": ("", (2, 3)),
    "SELU": ("", (2, 3)), "SiLU": ("", (2, 3)), "Swish": ("", (2, 3)),
    "Embedding": ("10, 4", "mx.nd.array([1, 7])"),
    "Flatten": ("", (2, 3, 4)), "Identity": ("", (2, 3)),
    "HybridLambda": ("lambda F, x: F.square(x)", (2, 3)), "Lambda": ("lambda x: x * 2", (2, 3)),
    "PixelShuffle1D": ("2", (1, 4, 3)), "PixelShuffle2D": ("2", (1, 4, 3, 3)),
    "PixelShuffle3D": ("2", (1, 8, 3, 3, 3)), "ReflectionPad2D": ("1", (1, 2, 4, 4)),
    "GRU": ("8, num_layers=2", (5, 2, 3)), "LSTM": ("8, num_layers=2", (5, 2, 3)),
    "RNN": ("8, num_layers=2", (5, 2, 3)),
}  # fmt: skip
LAYERS |= {name: ("", (2, 3)) for name in ("Sequential", "HybridSequential", "Concatenate",
                                          "HybridConcatenate", "Concurrent", "HybridConcurrent")}
# Layers that are put together.
PARTS = {name: "mx.gluon.nn.Dense(4)" for name in LAYERS
         if name.endswith(("Sequential", "Concatenate", "Concurrent"))}  # fmt: skip
OTHER_LAYERS = {
    "SparseEmbedding": "layer = {}(10, 4); layer.initialize(); "
                       "mx.gluon.Trainer(layer.collect_params(), 'sgd'); layer(mx.nd.array([1, 7]))",
    "SymbolBlock": "{}(mx.sym.relu(mx.sym.var('x')), mx.sym.var('x'))(mx.nd.ones((2, 3)))",
}

# Arguments; steps of what shape they unroll over.
CELLS = {
    "BidirectionalCell": ("mx.gluon.rnn.LSTMCell(8), mx.gluon.rnn.LSTMCell(8)", (2, 5, 3)),
    "DropoutCell": ("0.5", (2, 5, 3)),
    "ResidualCell": ("mx.gluon.rnn.GRUCell(3)", (2, 5, 3)),
    "ZoneoutCell": ("mx.gluon.rnn.GRUCell(8), zoneout_outputs=0.5", (2, 5, 3)),
    "VariationalDropoutCell": ("mx.gluon.rnn.GRUCell(8), drop_inputs=0.5", (2, 5, 3)),
    "LSTMPCell": ("8, 4", (2, 5, 3)),
    "SequentialRNNCell": ("", (2, 5, 3)), "HybridSequentialRNNCell": ("", (2, 5, 3)),
} | {kind + "Cell": ("8", (2, 5, 3)) for kind in ("RNN", "LSTM", "GRU")} | {
    f"Conv{axes}D{kind}Cell": (f"{(3, *axes * (6,))}, 4, {axes * (3,)}, {axes * (3,)}, {axes * (1,)}",
                               (2, 5, 3, *axes * (6,)))
    for axes in (1, 2, 3) for kind in ("RNN", "LSTM", "GRU")}  # fmt: skip
PARTS |= {"SequentialRNNCell": "mx.gluon.rnn.GRUCell(8)",
          "HybridSequentialRNNCell": "mx.gluon.rnn.GRUCell(8)"}  # fmt: skip

# Arguments, and what the loss is of.
_ROWS = "mx.nd.ones((2, 3)), mx.nd.zeros((2, 3))"
_SIGNS = "mx.nd.ones((2, 3)), -mx.nd.ones((2, 3))"
_CLASSES = "mx.nd.ones((2, 3)), mx.nd.array([0, 2])"
LOSSES = {
    "L1Loss": ("", _ROWS), "L2Loss": ("", _ROWS), "HuberLoss": ("", _ROWS),
    "SigmoidBCELoss": ("", _ROWS), "SigmoidBinaryCrossEntropyLoss": ("", _ROWS),
    "PoissonNLLLoss": ("", _ROWS),
    "HingeLoss": ("", _SIGNS), "SquaredHingeLoss": ("", _SIGNS), "LogisticLoss": ("", _SIGNS),
    "SoftmaxCELoss": ("", _CLASSES), "SoftmaxCrossEntropyLoss": ("", _CLASSES),
    "KLDivLoss": ("from_logits=False", "mx.nd.ones((2, 4)), mx.nd.ones((2, 4)) / 4"),
    "CTCLoss": ("", "mx.nd.ones((2, 6, 4)), mx.nd.array([[0, 1], [2, -1]])"),
    "TripletLoss": ("", "mx.nd.ones((2, 3)), mx.nd.ones((2, 3)), mx.nd.zeros((2, 3))"),
    "SDMLLoss": ("", "mx.nd.random.normal(shape=(4, 3)), mx.nd.random.normal(shape=(4, 3))"),
    "CosineEmbeddingLoss": ("", "mx.nd.ones((2, 3)), mx.nd.ones((2, 3)), mx.nd.array([1, -1])"),
}  # fmt: skip

OPTIMIZERS = {
    "AdaBelief": "learning_rate=0.001",
    "AdaDelta": "rho=0.9", "AdaGrad": "learning_rate=0.1", "Adam": "learning_rate=0.001",
    "AdamW": "learning_rate=0.001, wd=0.01", "Adamax": "", "DCASGD": "learning_rate=0.1",
    "FTML": "learning_rate=0.1", "Ftrl": "lamda1=0.1", "GroupAdaGrad": "learning_rate=0.1",
    "LAMB": "learning_rate=0.01", "LANS": "learning_rate=0.01",
    "LARS": "learning_rate=0.1, momentum=0.9", "LBSGD": "learning_rate=0.1, momentum=0.9",
    "NAG": "learning_rate=0.1, momentum=0.9", "Nadam": "", "RMSProp": "centered=True",
    "SGD": "learning_rate=0.1, momentum=0.9", "SGLD": "learning_rate=0.1", "Signum": "",
    "Test": "", "ccSGD": "learning_rate=0.1",
}  # fmt: skip

# Arguments, and the name and shape of what is filled.
INITIALIZERS = {
    "Bilinear": ("", "up_weight", (1, 1, 4, 4)), "Constant": ("3", "fc_weight", (4, 3)),
    "Normal": ("0.02", "fc_weight", (4, 3)), "One": ("", "fc_weight", (4, 3)),
    "Zero": ("", "fc_weight", (4, 3)), "Uniform": ("0.1", "fc_weight", (4, 3)),
    "MSRAPrelu": ("", "fc_weight", (4, 3)), "Orthogonal": ("", "fc_weight", (4, 3)),
    "Xavier": ("factor_type='in', magnitude=2", "fc_weight", (4, 3)),
    "LSTMBias": ("forget_bias=1", "lstm_i2h_bias", (8,)),
    "FusedRNN": ("mx.init.Xavier(), 4, 1, 'lstm'", "lstm_weight", (160,)),
    "RNNFused": ("'lstm', 1, 4", "rnn_weight", (160,)),
    "Load": ("{'fc_weight': mx.nd.ones((4, 3))}", "fc_weight", (4, 3)),
    "Mixed": ("['.*bias', '.*'], [mx.init.Zero(), mx.init.Xavier()]", "fc_weight", (4, 3)),
}  # fmt: skip

# Arguments, labels and predictions.
_TWO = ("[0, 1]", "[[0.7, 0.3], [0.4, 0.6]]")
_REAL = ("[[1.0, 2.0], [3.0, 5.0]]", "[[1.5, 2.0], [2.0, 5.0]]")
METRICS = {
    "Accuracy": ("", *_TWO), "TopKAccuracy": ("top_k=2", "[2, 1]", "[[0.2, 0.3, 0.5], [0.1, 0.2, 0.7]]"),
    "BinaryAccuracy": ("", "[0, 1]", "[0.3, 0.6]"), "CrossEntropy": ("", *_TWO),
    "NegativeLogLikelihood": ("", *_TWO), "Perplexity": ("None", *_TWO), "F1": ("", *_TWO),
    "Fbeta": ("beta=2", "[0, 1]", "[0.3, 0.6]"), "MCC": ("", *_TWO), "PCC": ("", *_TWO), "MAE": ("", *_REAL),
    "MSE": ("", *_REAL), "RMSE": ("", *_REAL), "PearsonCorrelation": ("", *_REAL),
    "MeanCosineSimilarity": ("", *_REAL), "MeanPairwiseDistance": ("", *_REAL),
    "Loss": ("", *_REAL), "Torch": ("", *_REAL), "Caffe": ("", *_REAL),
    "CompositeEvalMetric": ("['acc', 'ce']", *_TWO),
    "CustomMetric": ("lambda label, pred: float(abs(label - pred).max())", *_REAL),
}  # fmt: skip

SCHEDULERS = {
    "CosineScheduler": "100, base_lr=0.1, warmup_steps=10", "FactorScheduler": "step=30, factor=0.5",
    "MultiFactorScheduler": "step=[30, 60], factor=0.1", "PolyScheduler": "100, base_lr=0.1, pwr=2",
}  # fmt: skip

# The files that are named here are made by the tests.
_PICTURES = "path_imgrec='pictures.rec', data_shape=(3, 8, 8), batch_size=2"
_NUMBERS = "mx.io.NDArrayIter(mx.nd.ones((6, 3)), mx.nd.zeros((6,)), batch_size=2)"
ITERATORS = {
    "CSVIter": "data_csv='numbers.csv', data_shape=(3,), batch_size=2",
    "LibSVMIter": "data_libsvm='numbers.libsvm', data_shape=(5,), batch_size=2",
    "MNISTIter": "image='train-images-idx3-ubyte', label='train-labels-idx1-ubyte', batch_size=2",
    "ImageRecordIter": _PICTURES, "ImageRecordInt8Iter": _PICTURES, "ImageRecordUInt8Iter": _PICTURES,
    "ImageDetRecordIter": _PICTURES.replace("pictures", "boxes"),
    "ImageIter": "2, (3, 8, 8), path_imgrec='pictures.rec'",
    "ImageDetIter": "2, (3, 8, 8), path_imgrec='boxes.rec'",
    "NDArrayIter": "mx.nd.ones((6, 3)), mx.nd.zeros((6,)), batch_size=2, shuffle=True",
    "PrefetchingIter": _NUMBERS, "ResizeIter": _NUMBERS + ", 2",
}  # fmt: skip

# Arguments, and whether it is given a picture of bytes or a tensor (channels, height, width).
_PICTURE, _TENSOR = "mx.nd.ones((8, 8, 3), dtype='uint8')", "mx.nd.ones((3, 8, 8))"
TRANSFORMS = {
    "Cast": ("'float32'", _PICTURE), "CenterCrop": ("4", _PICTURE), "CropResize": ("1, 1, 4, 4", _PICTURE),
    "Normalize": ("0.5, 0.25", _TENSOR), "RandomBrightness": ("0.2", _PICTURE),
    "RandomColorJitter": ("0.2, 0.2, 0.2, 0.1", _PICTURE), "RandomContrast": ("0.2", _PICTURE),
    "RandomCrop": ("4", _PICTURE), "RandomGray": ("0.5", _PICTURE),
    "RandomFlipLeftRight": ("", _PICTURE), "RandomFlipTopBottom": ("", _PICTURE),
    "RandomHue": ("0.1", _PICTURE), "RandomLighting": ("0.1", _PICTURE),
    "RandomResizedCrop": ("4", _PICTURE), "RandomRotation": ("(-10, 10)", _TENSOR),
    "RandomSaturation": ("0.2", _PICTURE), "Resize": ("4", _PICTURE), "Rotate": ("45", _TENSOR),
    "ToTensor": ("", _PICTURE),
}  # fmt: skip
_TO_TENSOR = "mx.gluon.data.vision.transforms.ToTensor()"
TRANSFORMS |= {"Compose": (f"[{_TO_TENSOR}]", _PICTURE), "HybridCompose": (f"[{_TO_TENSOR}]", _PICTURE),
               "RandomApply": ("mx.gluon.data.vision.transforms.RandomHue(0.1)", _PICTURE),
               "HybridRandomApply": ("mx.gluon.data.vision.transforms.RandomHue(0.1)", _PICTURE)}  # fmt: skip
