"""Writes graphs of operators in many forms, and what onnxruntime computes of them, beside this file.

Usage: renew_forms.py, with the packages of tests/onnx/cases/requirements.txt.
"""

import pathlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

FOLDER = pathlib.Path(__file__).parent


class Forms:
    """A graph whose nodes stand beside each other: each reads the arrays that it is given, and what
    it gives are outputs."""

    def __init__(self, name, opset, seed=1):
        self.name, self.opset = name, opset
        self.random = np.random.RandomState(seed)
        self.nodes, self.inputs, self.constants, self.outputs = [], {}, [], []

    def real(self, *shape, scale=1.0):
        return (self.random.randn(*shape) * scale).astype(np.float32)

    def byte(self, *shape, dtype=np.uint8):
        ends = np.iinfo(dtype)
        return self.random.randint(ends.min, ends.max + 1, shape).astype(dtype)

    def add(self, op_type, given, told=(), outputs=1, types=None, **attributes):
        """`given` when the network runs, `told` by the file; None is left out."""
        place, names = len(self.nodes), []
        for i, array in enumerate(list(given) + list(told)):
            if array is None:
                names.append('')
                continue
            name = f'{op_type}{place}_{i}'
            array = np.asarray(array)
            if i < len(given):
                name = next((key for key, here in self.inputs.items() if here is array), name)
                self.inputs[name] = array
            else:
                self.constants.append(numpy_helper.from_array(array, name))
            names.append(name)
        made = [f'{op_type}{place}_out{i}' for i in range(outputs)]
        self.nodes.append(helper.make_node(op_type, names, made, f'{op_type}{place}', **attributes))
        self.outputs += zip(made, types or [TensorProto.FLOAT] * outputs)

    def model(self, shapes):
        inputs = [helper.make_tensor_value_info(
            name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
            for name, array in self.inputs.items()]
        outputs = [helper.make_tensor_value_info(name, dtype, shapes.get(name))
                   for name, dtype in self.outputs]
        graph = helper.make_graph(self.nodes, self.name, inputs, outputs, self.constants)
        opsets = [helper.make_opsetid('', self.opset)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=10)

    def write(self):
        session = onnxruntime.InferenceSession(self.model({}).SerializeToString(),
                                               providers=['CPUExecutionProvider'])
        computed = session.run(None, self.inputs)
        shapes = {name: array.shape for (name, _), array in zip(self.outputs, computed)}
        model = self.model(shapes)
        onnx.checker.check_model(model)
        onnx.save(model, FOLDER / f'{self.name}.onnx')
        arrays = {f'in:{name}': array for name, array in self.inputs.items()}
        np.savez(FOLDER / f'{self.name}.npz', **arrays,
                 **{f'out:{place}': array for place, array in enumerate(computed)})


def recurrent():
    forms = Forms('forms_recurrent', 14)
    steps, batch, columns, units = 4, 3, 2, 3
    lengths = np.array([4, 1, 3], np.int32)

    def parameters(gates, directions):
        return [forms.real(directions, gates * units, columns, scale=0.5),
                forms.real(directions, gates * units, units, scale=0.5),
                forms.real(directions, 2 * gates * units, scale=0.5)]

    def state(directions):
        return forms.real(directions, batch, units)

    def layer(op_type, direction='forward', gates=1, cells=False, peepholes=False, lens=True, **more):
        directions = 2 if direction == 'bidirectional' else 1
        told = parameters(gates, directions) + [lengths if lens else None, state(directions)]
        if cells:
            told.append(state(directions))
        if peepholes:
            told.append(forms.real(directions, 3 * units, scale=0.5))
        forms.add(op_type, [forms.real(steps, batch, columns)], told, outputs=3 if cells else 2,
                  hidden_size=units, direction=direction, **more)

    for direction in ('forward', 'reverse', 'bidirectional'):
        layer('LSTM', direction, 4, cells=True)
        layer('LSTM', direction, 4, cells=True, peepholes=True)
        layer('GRU', direction, 3, linear_before_reset=1)
        layer('GRU', direction, 3)
        layer('RNN', direction)
        layer('LSTM', direction, 4, cells=True, lens=False)
        layer('GRU', direction, 3, lens=False, linear_before_reset=1)
    layer('RNN', 'bidirectional', activations=['Relu', 'Relu'])
    layer('RNN', activations=['LeakyRelu'], activation_alpha=[0.1])
    layer('RNN', 'bidirectional', activations=['HardSigmoid', 'Tanh'], activation_alpha=[0.3],
          activation_beta=[0.4])
    layer('GRU', gates=3, activations=['HardSigmoid', 'Softsign'])
    layer('LSTM', gates=4, cells=True, activations=['Sigmoid', 'Tanh', 'Relu'])
    return forms


def windows():
    forms = Forms('forms_windows', 18)
    images = forms.real(2, 3, 9, 8)
    ints = TensorProto.INT64
    for more in ({'dilations': [2, 1]}, {'ceil_mode': 1, 'strides': [2, 3]},
                 {'pads': [0, 1, 2, 1], 'strides': [2, 2]}, {'auto_pad': 'SAME_LOWER'}):
        forms.add('MaxPool', [images], kernel_shape=[3, 2], **more)
        forms.add('AveragePool', [images], kernel_shape=[3, 3], **{
            key: value for key, value in more.items() if key != 'dilations'})
        forms.add('AveragePool', [images], kernel_shape=[3, 2], count_include_pad=1, **{
            key: value for key, value in more.items() if key != 'dilations'})
    forms.add('MaxPool', [images], outputs=2, types=[TensorProto.FLOAT, ints], kernel_shape=[2, 3],
              strides=[2, 1], pads=[1, 0, 0, 1])
    forms.add('MaxPool', [images], outputs=2, types=[TensorProto.FLOAT, ints], kernel_shape=[2, 2],
              storage_order=1)
    forms.add('MaxPool', [forms.byte(1, 2, 6, 6)], types=[TensorProto.UINT8], kernel_shape=[2, 2],
              pads=[1, 1, 0, 0])
    forms.add('LpPool', [images], kernel_shape=[2, 2], p=3, pads=[1, 1, 1, 1])
    small, weight = forms.real(1, 2, 4, 4), forms.real(2, 3, 3, 3)
    for more in ({'output_shape': [7, 8], 'strides': [2, 2]},
                 {'auto_pad': 'SAME_UPPER', 'strides': [2, 2]},
                 {'auto_pad': 'SAME_LOWER', 'strides': [2, 2]}, {'pads': [0, 1, 2, 0]},
                 {'pads': [2, 0, 0, 1], 'strides': [3, 2], 'output_padding': [1, 1]},
                 {'dilations': [2, 1], 'pads': [1, 1, 1, 1]}):
        forms.add('ConvTranspose', [small], [weight, forms.real(3)], **more)
    forms.add('Col2Im', [forms.real(1, 12, 12)], [np.array([4, 5]), np.array([2, 2])])
    forms.add('Col2Im', [forms.real(1, 12, 16)], [np.array([5, 4]), np.array([2, 2])],
              pads=[0, 1, 0, 0])
    forms.add('Pad', [images], [np.array([0, 1, -1, 2]), None, np.array([2, 3])], mode='edge')
    forms.add('Pad', [images], [np.array([1, 2]), None, np.array([-1])], mode='reflect')
    return forms


def images():
    forms = Forms('forms_images', 19)
    pictures, even = forms.real(1, 2, 6, 5), forms.real(1, 2, 6, 4)
    roi = np.array([], np.float32)
    for mode in ('linear', 'cubic'):
        for coordinates in ('half_pixel', 'align_corners', 'asymmetric', 'pytorch_half_pixel'):
            # Corners that stay want whole numbers of pixels.
            told = ([even], [1, 1, 1.5, 0.5]) if coordinates == 'align_corners' else (
                [pictures], [1, 1, 1.7, 0.6])
            forms.add('Resize', told[0], [roi, np.array(told[1], np.float32)],
                      mode=mode, coordinate_transformation_mode=coordinates)
        for size in ([9, 3], [4, 7]):
            forms.add('Resize', [pictures], [roi, None, np.array([1, 2] + size)], mode=mode,
                      coordinate_transformation_mode='half_pixel_symmetric')
        forms.add('Resize', [pictures], [None, None, np.array([1, 2, 3, 2])], mode=mode,
                  antialias=1)
    forms.add('Resize', [pictures], [roi, np.array([1, 1, 1.5, 2.5], np.float32)], mode='cubic',
              exclude_outside=1, cubic_coeff_a=-0.5)
    for rounding in ('round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'):
        for coordinates in ('half_pixel', 'asymmetric', 'align_corners'):
            forms.add('Resize', [even], [roi, np.array([1, 1, 1.5, 0.5], np.float32)],
                      nearest_mode=rounding, coordinate_transformation_mode=coordinates)
    forms.add('Resize', [pictures], [np.array([0, 0, 0.2, 0.4, 1, 1, 1.3, 0.8], np.float32), None,
                                     np.array([1, 2, 4, 3])], mode='linear',
              coordinate_transformation_mode='tf_crop_and_resize', extrapolation_value=7.0)
    grid = forms.real(1, 4, 3, 2, scale=0.9)
    for mode in ('bilinear', 'nearest', 'bicubic'):
        for padding in ('zeros', 'border', 'reflection'):
            for corners in (0, 1):
                forms.add('GridSample', [pictures, grid], mode=mode, padding_mode=padding,
                          align_corners=corners)
    boxes = np.array([[0, 0, 4, 3], [1.3, 0.2, 4.6, 4.9], [2, 2, 2, 2]], np.float32)
    which = np.zeros(3, np.int64)
    for ratio, pixels in ((0, 'half_pixel'), (2, 'half_pixel'), (2, 'output_half_pixel')):
        forms.add('RoiAlign', [pictures, boxes, which], output_height=2, output_width=3,
                  sampling_ratio=ratio, spatial_scale=0.8, coordinate_transformation_mode=pixels)
    numbered = np.concatenate([np.zeros((3, 1), np.float32), boxes], 1)
    forms.add('MaxRoiPool', [pictures, numbered], pooled_shape=[2, 2], spatial_scale=0.9)
    for mode in ('DCR', 'CRD'):
        forms.add('DepthToSpace', [forms.real(1, 8, 2, 3)], blocksize=2, mode=mode)
    return forms


def bytes_():
    forms = Forms('forms_bytes', 18)
    one = np.float32
    x, weight = forms.byte(1, 4, 6, 5), forms.byte(6, 2, 3, 3, dtype=np.int8)
    scales = np.abs(forms.real(6, scale=0.01)) + np.float32(0.01)
    for pads in ([0, 0, 0, 0], [1, 0, 2, 1]):
        forms.add('QLinearConv', [x], [one(0.03), np.uint8(120), weight, scales,
                                       np.zeros(6, np.int8), one(0.9), np.uint8(100),
                                       forms.random.randint(-500, 500, 6).astype(np.int32)],
                  types=[TensorProto.UINT8], group=2, pads=pads)
    forms.add('ConvInteger', [forms.byte(1, 4, 5, 5)], [forms.byte(6, 4, 2, 2), np.uint8(100), np.uint8(77)],
              types=[TensorProto.INT32], pads=[1, 0, 0, 1])
    a, b = forms.byte(2, 3, 40), forms.byte(40, 5)
    forms.add('QLinearMatMul', [a], [one(0.02), np.uint8(130), b, one(0.03), np.uint8(110), one(1.3),
                                     np.uint8(128)], types=[TensorProto.UINT8])
    forms.add('MatMulInteger', [a, b, np.uint8(3), forms.byte(5)], types=[TensorProto.INT32])
    forms.add('MatMulInteger', [forms.byte(3, 700), forms.byte(700, 2)], types=[TensorProto.INT32])
    for numbers in (forms.real(3, 4), np.abs(forms.real(5)), -np.abs(forms.real(5))):
        forms.add('DynamicQuantizeLinear', [numbers], outputs=3,
                  types=[TensorProto.UINT8, TensorProto.FLOAT, TensorProto.UINT8])
    steps, zeros = np.abs(forms.real(3)) + one(0.1), forms.byte(3, dtype=np.int8)
    forms.add('QuantizeLinear', [forms.real(2, 3, 4, scale=20)], [steps, zeros],
              types=[TensorProto.INT8], axis=1)
    forms.add('DequantizeLinear', [forms.byte(2, 3, 4, dtype=np.int8)], [steps, zeros], axis=-2)
    forms.add('DequantizeLinear', [forms.random.randint(-9999, 9999, (2, 3)).astype(np.int32)],
              [one(0.25)])
    forms.add('BitShift', [forms.byte(7), np.array([0, 1, 2, 3, 5, 7, 8], np.uint8)],
              types=[TensorProto.UINT8], direction='LEFT')
    forms.add('BitShift', [forms.byte(7), np.array([0, 1, 2, 3, 5, 7, 8], np.uint8)],
              types=[TensorProto.UINT8], direction='RIGHT')
    return forms


def places():
    forms = Forms('forms_places', 18)
    x = forms.real(3, 4, 5)
    at = forms.random.randint(-4, 4, (3, 6, 5))
    ints = TensorProto.INT64
    forms.add('GatherElements', [x, at], axis=1)
    forms.add('GatherElements', [x, forms.random.randint(-4, 4, (2, 3, 4))], axis=1)
    for reduction in ('add', 'mul', 'max', 'min'):
        forms.add('ScatterElements', [x, at, forms.real(3, 6, 5)], axis=1, reduction=reduction)
        forms.add('ScatterND', [x, np.array([[0, 1], [2, 3], [0, 1], [-1, -2]]), forms.real(4, 5)],
                  reduction=reduction)
    forms.add('ScatterElements', [x, np.array([[[1], [0]]]), forms.real(1, 2, 1)], axis=0)
    forms.add('ScatterND', [x, np.array([[[0, 1]], [[2, 3]]]), forms.real(2, 1, 5)])
    forms.add('GatherND', [x, np.array([[[0], [3]], [[1], [-1]], [[2], [2]]])], batch_dims=1)
    forms.add('OneHot', [np.array([[1, -1], [7, 0]])], [np.int64(4), np.array([2, 5], np.float32)],
              axis=1)
    for k in (-2, 0, 3, 99):
        forms.add('Trilu', [x], [np.int64(k)], upper=0)
        forms.add('Trilu', [x], [np.int64(k)])
    for exclusive in (0, 1):
        for reverse in (0, 1):
            forms.add('CumSum', [x], [np.int64(-2)], exclusive=exclusive, reverse=reverse)
    for op_type in ('ArgMax', 'ArgMin'):
        forms.add(op_type, [np.round(x)], types=[ints], axis=1, select_last_index=1)
    forms.add('TopK', [x], [np.array([2])], outputs=2, types=[TensorProto.FLOAT, ints], axis=1,
              largest=0)
    forms.add('Mod', [forms.real(6, scale=5), forms.real(6, scale=2)], fmod=1)
    forms.add('Mod', [np.array([-7, 7, -7, 7], np.int32), np.array([3, -3, -3, 3], np.int32)],
              types=[TensorProto.INT32])
    forms.add('Pow', [np.array([2, 3, 4], np.int32), np.array([3, 2, 0.5], np.float32)],
              types=[TensorProto.INT32])
    forms.add('ReverseSequence', [x], [np.array([1, 4, 2])], time_axis=1, batch_axis=0)
    forms.add('Compress', [x], [np.array([True, False, True])], axis=-1)
    forms.add('Einsum', [x, forms.real(5, 2)], equation='...c,cd->d...')
    forms.add('Hardmax', [np.round(x)], axis=1)
    forms.add('DFT', [forms.real(2, 7, 2)], axis=1, inverse=1)
    forms.add('DFT', [forms.real(2, 8, 1)], axis=1, onesided=1)
    forms.add('DFT', [forms.real(2, 8, 1)], [np.int64(5)], axis=1)
    forms.add('STFT', [forms.real(1, 20, 1)], [np.int64(4), np.hanning(8).astype(np.float32)])
    return forms


def norms():
    forms = Forms('forms_norms', 23)
    x = forms.real(2, 6, 4)
    float_ = TensorProto.FLOAT
    forms.add('LayerNormalization', [x], [forms.real(6, 4), forms.real(6, 4)], axis=1)
    forms.add('LayerNormalization', [x], [forms.real(4)], outputs=3, types=[float_] * 3)
    forms.add('RMSNormalization', [x], [forms.real(4)], epsilon=0.01)
    forms.add('GroupNormalization', [x], [forms.real(6), forms.real(6)], num_groups=3)
    for p in (1, 2):
        forms.add('LpNormalization', [x], axis=1, p=p)
    forms.add('MeanVarianceNormalization', [x], axes=[0, 2])
    for op_type in ('Celu', 'Elu', 'ThresholdedRelu'):
        forms.add(op_type, [x], alpha=0.7)
    forms.add('Shrink', [x], lambd=0.4, bias=0.1)
    forms.add('Selu', [x], alpha=1.2, gamma=0.9)
    forms.add('Gelu', [x], approximate='tanh')
    forms.add('HardSwish', [x])
    query, keys = forms.real(2, 4, 3, 8), forms.real(2, 2, 5, 8)
    forms.add('Attention', [query, keys, forms.real(2, 2, 5, 6)], is_causal=1)
    forms.add('Attention', [query, keys, forms.real(2, 2, 5, 8), forms.real(3, 5)], scale=0.3,
              softcap=2.0)
    forms.add('Attention', [forms.real(2, 3, 16), forms.real(2, 5, 16), forms.real(2, 5, 16),
                            forms.random.rand(2, 1, 3, 5) > 0.3], q_num_heads=4, kv_num_heads=4)
    forms.add('RotaryEmbedding', [query, forms.real(9, 4), forms.real(9, 4),
                                  np.array([[0, 1, 2], [4, 8, 3]])], interleaved=1)
    scores, target = forms.real(4, 3, 2), forms.random.randint(0, 3, (4, 2))
    for reduction in ('none', 'sum', 'mean'):
        forms.add('SoftmaxCrossEntropyLoss', [scores, target], [np.abs(forms.real(3))], outputs=2,
                  types=[float_] * 2, reduction=reduction, ignore_index=1)
        forms.add('NegativeLogLikelihoodLoss', [scores, target], reduction=reduction)
    return forms


def inner(name, nodes, inputs=(), outputs=(), constants=()):
    """A graph inside of a node; inputs and outputs as (name, type, shape)."""
    def told(values):
        return [helper.make_tensor_value_info(*value) for value in values]
    return helper.make_graph([helper.make_node(op_type, takes, gives, **attributes)
                              for op_type, takes, gives, attributes in nodes], name, told(inputs),
                             told(outputs),
                             [numpy_helper.from_array(array, key) for key, array in constants])


def control():
    forms = Forms('forms_control', 16)
    float_, bool_, whole = TensorProto.FLOAT, TensorProto.BOOL, TensorProto.INT64
    x, state, flag = forms.real(5, 3), forms.real(3), np.array(True)
    row = (float_, [3])

    def scan(data, states=(), axes=0, **more):
        """Gives the running sum and its hyperbolic tangent; the second state is left as it is."""
        rest = [size for place, size in enumerate(data.shape) if place != axes % data.ndim]
        nodes = [('Add', ['sum', 'x'], ['next'], {}), ('Tanh', ['next'], ['y'], {})]
        ins, outs = [('sum', float_, rest)], [('next', float_, rest)]
        if len(states) > 1:
            nodes.append(('Identity', ['kept'], ['kept_on'], {}))
            ins.append(('kept', float_, [2]))
            outs.append(('kept_on', float_, [2]))
        body = inner('body', nodes, ins + [('x', float_, rest)], outs + [('y', float_, rest)])
        forms.add('Scan', list(states) + [data], outputs=len(states) + 1, body=body,
                  num_scan_inputs=1, scan_input_axes=[axes], **more)

    scan(x, [state])
    scan(x, [state, forms.real(2)])
    scan(x, [state], scan_input_directions=[1])
    scan(x, [state], scan_output_directions=[1], scan_output_axes=[-1])
    scan(x, [forms.real(5)], axes=-1)
    scan(forms.real(4), [np.float32(0.3)])
    scan(forms.real(2, 3, 4), [forms.real(2, 4)], axes=1, scan_output_axes=[2])

    # Two scanned values, one of them not read; no states.
    body = inner('body', [('Exp', ['a'], ['y'], {})],
                 [('a', *row), ('b', float_, [])], [('y', *row)])
    forms.add('Scan', [x, forms.real(5)], body=body, num_scan_inputs=2)

    def loop(steps, condition, nodes, states, outputs, types, told=False, **constants):
        """`outputs` of the body behind the condition; the states are called s0, s1."""
        ins = [('i', whole, []), ('cond', bool_, [])]
        ins += [(f's{k}', helper.np_dtype_to_tensor_dtype(one.dtype), one.shape)
                for k, one in enumerate(states)]
        body = inner('body', nodes, ins, outputs, constants.items())
        forms.add('Loop', [steps, condition] + list(states), outputs=len(outputs) - 1, types=types,
                  body=body)
        for name in forms.nodes[-1].input[:2 if told else 0]:
            if name:
                forms.constants.append(numpy_helper.from_array(forms.inputs.pop(name), name))

    go_on = ('Identity', ['cond'], ['goes'], {})
    double = ('Add', ['s0', 's0'], ['twice'], {})
    goes = ('goes', bool_, [])
    # So many steps; what they give, the step's number among it; values of their own.
    for condition in (None, np.array(True), np.array(False)):
        loop(np.int64(4), condition, [go_on, double, ('Mul', ['s0', 'w'], ['y'], {}),
                                      ('Identity', ['i'], ['number'], {})], [state],
             [goes, ('twice', *row), ('y', *row), ('number', whole, [])], [float_, float_, whole],
             told=True, w=forms.real(3))
    # As long as a condition holds, with and without a limit, which the file or a run tells.
    less = [('ReduceMax', ['twice'], ['most'], {'keepdims': 0}),
            ('Less', ['most', 'limit'], ['goes'], {})]
    for steps in (None, np.int64(2), np.int64(100)):
        loop(steps, np.array(True), [double] + less, [np.abs(state) + 1], [goes, ('twice', *row)],
             [float_], told=True, limit=np.float32(50))
        loop(np.array(7 if steps is None else int(steps)), flag, [double] + less,
             [np.abs(state) + 1], [goes, ('twice', *row)], [float_], limit=np.float32(50))
    # Two states that change places, one step by its number.
    loop(np.int64(5), None, [go_on, ('Cast', ['i'], ['real'], {'to': float_}),
                             ('Add', ['s1', 'real'], ['a'], {}), ('Identity', ['s0'], ['b'], {})],
         [state, forms.real(3)], [goes, ('a', *row), ('b', *row)], [float_, float_], told=True)
    # A condition that is false from the first step on.
    loop(np.int64(5), None, [double, ('Identity', ['never'], ['goes'], {})], [state],
         [goes, ('twice', *row)], [float_], told=True, never=np.array(False))

    def branch(name, *nodes, constants=(), shape=(3,)):
        return inner(name, nodes, (), [(nodes[-1][2][0], float_, shape)], constants)

    # Branches read the values around them, and have values of their own under one name.
    for told in (False, True):
        for holds in (np.array(True), np.array([False])):
            place = len(forms.nodes)
            around = f'around{place}'
            forms.inputs[around] = state
            forms.add('If', [] if told else [holds], [holds] if told else (), then_branch=branch(
                'then', ('Mul', [around, 'w'], ['y'], {}), constants=[('w', forms.real(3))]),
                else_branch=branch('else', ('Add', [around, 'w'], ['y'], {}),
                                   constants=[('w', forms.real(3))]))
    # A branch in a loop, and a loop in it.
    negated = branch('then', ('Neg', ['s0'], ['a'], {}))
    steps = inner('body', [('Add', ['t', 's0'], ['t_next'], {}), ('Exp', ['x'], ['t_y'], {})],
                  [('t', *row), ('x', float_, [])], [('t_next', *row), ('t_y', float_, [])])
    scanned = branch('else', ('Scan', ['s0', 's0'], ['scanned', 'ys'],
                              {'body': steps, 'num_scan_inputs': 1}),
                     ('Add', ['scanned', 'ys'], ['b'], {}))
    loop(np.int64(3), None, [go_on, ('ReduceSum', ['s0'], ['sum'], {'keepdims': 0}),
                             ('Greater', ['sum', 'zero'], ['holds'], {}),
                             ('If', ['holds'], ['next'], {'then_branch': negated,
                                                          'else_branch': scanned})],
         [state], [goes, ('next', *row)], [float_], told=True, zero=np.float32(0))
    return forms


def rows():
    """What only the data tell the number of rows of, where the file tells it."""
    forms = Forms('forms_rows', 16)
    whole, float_ = TensorProto.INT64, TensorProto.FLOAT
    corner = forms.random.rand(2, 9, 2).astype(np.float32)
    size = forms.random.rand(2, 9, 2).astype(np.float32)
    boxes = np.concatenate([corner, corner + size], 2)
    turned = boxes[:, :, [2, 1, 0, 3]].copy()
    centers = np.concatenate([corner, size], 2)
    scores = forms.random.rand(2, 3, 9).astype(np.float32)

    def filled(count, row, take):
        """Rows behind the boxes of the node before, and the first so many."""
        place = len(forms.nodes)
        boxes, _ = forms.outputs.pop()
        told = {'behind': np.tile(np.array(row), (count, 1)), 'begin': [0], 'end': [take],
                'axes': [0]}
        for name, array in told.items():
            forms.constants.append(numpy_helper.from_array(np.array(array, np.int64),
                                                           f'{name}{place}'))
        forms.nodes.append(helper.make_node('Concat', [boxes, f'behind{place}'],
                                            [f'filled{place}'], f'Concat{place}', axis=0))
        forms.nodes.append(helper.make_node(
            'Slice', [f'filled{place}'] + [f'{name}{place}' for name in ('begin', 'end', 'axes')],
            [f'taken{place}'], f'Slice{place}'))
        forms.outputs.append((f'taken{place}', whole))

    most, overlap, least = np.array([4]), np.array([0.3], np.float32), np.array([0.4], np.float32)
    for more in ((most, overlap, least), (np.int64(100), np.float32(0.3)), (most,),
                 (most, None, least), ()):
        for given, center in ((boxes, 0), (turned, 0), (centers, 1)):
            forms.add('NonMaxSuppression', [], [given, scores, *more], types=[whole],
                      center_point_box=center)
            forms.add('NonMaxSuppression', [given, scores], more, types=[whole],
                      center_point_box=center)
            filled(60, [-1, 7, -2], 60)
    forms.add('NonMaxSuppression', [boxes, scores], [most, overlap, least], types=[whole])
    filled(5, [0, 0, 0], 3)
    forms.add('NonMaxSuppression', [boxes[:1], scores[:1, :1]], [most, overlap, least],
              types=[whole])
    filled(40, [0, 0, 9], 40)

    several = np.round(forms.real(4, 5)).astype(np.float32)
    parts = several[:, [0, 1, 0, 2, 1]].copy()

    def told(arrays):
        """Brings the outputs of the node before into the shapes that these have."""
        place, names = len(forms.nodes), [name for name, _ in forms.outputs[-4:]]
        del forms.outputs[-4:]
        for k, (name, array) in enumerate(zip(names, arrays)):
            forms.constants.append(numpy_helper.from_array(np.array(array.shape, np.int64),
                                                           f'shape{place}_{k}'))
            forms.nodes.append(helper.make_node('Reshape', [name, f'shape{place}_{k}'],
                                                [f'told{place}_{k}'], f'Reshape{place}_{k}'))
            forms.outputs.append((f'told{place}_{k}', whole if k else float_))

    for given, axis in ((several, None), (parts, 1), (parts, -1), (parts[[0, 1, 0]].copy(), 0)):
        more = {} if axis is None else {'axis': axis}
        found = np.unique(given, True, True, True, axis)
        for is_sorted in (0, 1):
            forms.add('Unique', [], [given], outputs=4, types=[float_] + [whole] * 3,
                      sorted=is_sorted, **more)
            forms.add('Unique', [given], outputs=4, types=[float_] + [whole] * 3,
                      sorted=is_sorted, **more)
            told([found[0], found[1], found[2].reshape(-1), found[3]])
    return forms


def main():
    for forms in (recurrent, windows, images, bytes_, places, norms, control, rows):
        forms().write()


if __name__ == '__main__':
    main()
