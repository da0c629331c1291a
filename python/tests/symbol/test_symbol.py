"""Symbols: names, parts, composition, arithmetic, files."""
import copy
import json
import pickle

import gluino as mx
import numpy as np
import pytest
from gluino import _core, nd, sym
from gluino._operators import ND, SYM


def mlp():
    net = sym.FullyConnected(sym.var("data"), num_hidden=10, name="fc1")
    net = sym.Activation(net, act_type="relu", name="relu1")
    net = sym.FullyConnected(net, num_hidden=3, name="fc2")
    return sym.SoftmaxOutput(net, name="softmax")


def test_lists():
    net = mlp()
    assert net.list_arguments() == ["data", "fc1_weight", "fc1_bias", "fc2_weight", "fc2_bias",
                                    "softmax_label"]
    assert net.list_outputs() == ["softmax_output"]
    norm = sym.BatchNorm(sym.var("data"), name="bn")
    assert norm.list_arguments() == ["data", "bn_gamma", "bn_beta"]
    assert norm.list_auxiliary_states() == ["bn_moving_mean", "bn_moving_var"]
    assert sym.FullyConnected(sym.var("x"), num_hidden=2, no_bias=True,
                              name="fc").list_arguments() == ["x", "fc_weight"]


def test_automatic_names():
    with mx.name.NameManager():
        a, b = sym.var("a"), sym.var("b")
        names = [s.name for s in (a + b, a - b, a * b, a / b, a % b, a ** b, a + 1, 1 - a, 2 / a,
                                  2 ** a, -a, abs(a), a == b, a > 1, a <= b,
                                  sym.FullyConnected(a, num_hidden=1), a.exp())]
    assert names == ["_plus0", "_minus0", "_mul0", "_div0", "_mod0", "_power0", "_plusscalar0",
                     "_rminusscalar0", "_rdivscalar0", "_rpower_scalar0", "_mulscalar0", "abs0",
                     "_equal0", "_greater_scalar0", "_lesser_equal0", "fullyconnected0", "exp0"]
    with mx.name.Prefix("net_"):
        assert sym.FullyConnected(sym.var("x"), num_hidden=3, name="fc").name == "net_fc"

    class Mine(mx.name.NameManager):
        def get(self, name, hint):
            return "my_" + super().get(name, hint)

    with Mine():
        assert sym.relu(sym.var("x")).name == "my_relu0"


@pytest.mark.parametrize("make, names", [
    (lambda x: sym.moments(x, name="n"), ["n_output0", "n_output1"]),
    (lambda x: sym.make_loss(x, name="n"), ["n_loss"]),
    (lambda x: sym.MakeLoss(x, name="n"), ["n_output"]),
    (lambda x: sym.contrib.quantize(x, x, x, name="n"), ["n_output0", "n_output1", "n_output2"]),
    (lambda x: sym.contrib.quantize_v2(x, name="n"), ["n_output0", "n_output1", "n_output2"]),
    (lambda x: sym.contrib.requantize(x, x, x, name="n"),
     ["n_output0", "n_output1", "n_output2"]),
    (lambda x: sym.split(x, num_outputs=1, name="n"), ["n_output0"]),
    (lambda x: sym.SliceChannel(x, num_outputs=2, name="n"), ["n_output0", "n_output1"]),
    (lambda x: sym.split_v2(x, 1).get_internals(), ["x", "_split_v20_output"]),
    (lambda x: sym.topk(x, ret_typ="value", name="n"), ["n_output0"]),
    (lambda x: sym.topk(x, ret_typ="both", name="n"), ["n_output0", "n_output1"]),
    (lambda x: sym.topk(x, ret_typ="mask", name="n"), ["n_output"]),
    (lambda x: sym.np.dsplit(x.as_np_ndarray(), 1), ["dsplit0_output"]),
    (lambda x: sym.np.dsplit(x.as_np_ndarray(), 2), ["dsplit0_output0", "dsplit0_output1"]),
    (lambda x: sym.np.atleast_1d(x.as_np_ndarray()), ["atleast_1d0_output"])])
def test_names_of_outputs_are_mxnets(make, names):
    with mx.name.NameManager():
        assert make(sym.var("x")).list_outputs() == names


def test_parts():
    parts = sym.SliceChannel(sym.var("data"), num_outputs=3, name="s")
    assert len(parts) == 3 and parts.list_outputs() == ["s_output0", "s_output1", "s_output2"]
    assert parts[1].list_outputs() == ["s_output1"]
    assert parts["s_output2"].list_outputs() == ["s_output2"]
    assert [part.list_outputs()[0] for part in parts] == parts.list_outputs()
    assert parts[0:2].list_outputs() == ["s_output0", "s_output1"]
    with pytest.raises(ValueError):
        parts["s_output3"]
    with pytest.raises(IndexError):
        parts[3]
    with pytest.raises(TypeError):
        parts[1.5]
    group = sym.Group([sym.var("a"), sym.var("b")])
    assert repr(group) == "<Symbol group [a, b]>" and group.name is None
    assert repr(parts) == "<Symbol s>"
    internals = mlp().get_internals()
    assert "fc1_output" in internals.list_outputs()
    assert internals["fc1_output"].list_arguments() == ["data", "fc1_weight", "fc1_bias"]
    assert mlp().get_children().list_outputs() == ["fc2_output", "softmax_label"]
    assert sym.var("a").get_children() is None
    norm = sym.BatchNorm(sym.var("a"), name="norm")
    assert norm.get_inputs().list_outputs() == norm.list_inputs()
    assert type(norm.as_np_ndarray().get_inputs()) is type(norm.as_np_ndarray())


def test_composition():
    first = sym.FullyConnected(sym.var("data"), name="fc1", num_hidden=10)
    second = sym.FullyConnected(name="fc3", num_hidden=10)
    second = sym.FullyConnected(sym.Activation(second, act_type="relu"), name="fc4", num_hidden=20)
    both = second(fc3_data=first, name="both")
    assert both.list_arguments()[:4] == ["data", "fc1_weight", "fc1_bias", "fc3_weight"]
    assert second.list_arguments()[0] == "fc3_data"  # itself unchanged
    with pytest.raises(TypeError):
        first(data=nd.ones((2,)))
    with pytest.raises(TypeError):
        first(sym.var("a"), data=sym.var("b"))


@pytest.mark.parametrize("function, expected", [
    (lambda a, b: a + b, [5, 7]), (lambda a, b: a - b, [-3, -3]), (lambda a, b: a * b, [4, 10]),
    (lambda a, b: a / b, [0.25, 0.4]), (lambda a, b: b % a, [0, 1]), (lambda a, b: a ** b, [1, 32]),
    (lambda a, b: 2 - a, [1, 0]), (lambda a, b: 2 / a, [2, 1]), (lambda a, b: 2 ** b, [16, 32]),
    (lambda a, b: 7 % b, [3, 2]), (lambda a, b: -a, [-1, -2]), (lambda a, b: abs(-a), [1, 2]),
    (lambda a, b: a == 1, [1, 0]), (lambda a, b: a != b, [1, 1]), (lambda a, b: a < 2, [1, 0]),
    (lambda a, b: a >= b, [0, 0]), (lambda a, b: 2 > a, [1, 0]), (lambda a, b: a + np.float32(2), [3, 4]),
    (lambda a, b: sym.maximum(a, 1.5), [1.5, 2]), (lambda a, b: sym.minimum(a, b), [1, 2]),
    (lambda a, b: sym.pow(2, a), [2, 4]), (lambda a, b: a.sum() + b.max(), [8])])
def test_arithmetic(function, expected):
    a, b = sym.var("a"), sym.var("b")
    given = {"a": nd.array([1, 2]), "b": nd.array([4, 5])}
    graph = function(a, b)
    result, = graph.eval(**{name: given[name] for name in graph.list_arguments()})
    assert np.allclose(result.asnumpy(), expected)


def test_whole_scalars_are_written_as_such():
    a = sym.var("a")
    assert (a + 1).attr("scalar") == "1" and (a + 1.0).attr("scalar") == "1.0"
    assert (a * np.float64(2.5)).attr("scalar") == "2.5" and (a - np.int64(3)).attr("scalar") == "3"


@pytest.mark.parametrize("wrong", [None, "x", nd.ones((2,)), np.ones(2), [1]])
@pytest.mark.parametrize("function", [lambda s, w: s + w, lambda s, w: w + s, lambda s, w: s == w])
def test_what_is_no_operand(function, wrong):
    with pytest.raises((TypeError, AssertionError)):
        function(sym.var("a"), wrong)


def test_mistakes():
    with pytest.raises((TypeError, AssertionError)):
        sym.FullyConnected(nd.ones((2, 2)), num_hidden=3)
    with pytest.raises((TypeError, AssertionError)):
        sym.Concat([sym.var("x")])
    with pytest.raises(TypeError):
        sym.var(3)
    with pytest.raises(TypeError):
        sym.Group([1])


def test_what_only_arrays_have():
    for name in "asnumpy asscalar copy detach backward wait_to_read as_in_context".split():
        with pytest.raises(mx.base.NotImplementedForSymbol):
            getattr(sym.var("a"), name)()
    with pytest.raises(mx.base.NotImplementedForSymbol):
        bool(sym.var("a"))


def test_files(tmp_path):
    net = mlp()
    path = str(tmp_path / "net.json")
    net.save(path)
    for other in (sym.load(path), sym.load_json(net.tojson()), pickle.loads(pickle.dumps(net)),
                  copy.deepcopy(net), copy.copy(net), sym.fromjson(net.tojson())):
        assert type(other) is mx.sym.Symbol
        assert other.tojson() == net.tojson()
    nodes = json.loads(net.tojson())["nodes"]
    assert {"op", "name", "inputs"} <= set(nodes[0]) and nodes[0]["op"] == "null"
    for wrong in (3, None):
        with pytest.raises(TypeError):
            sym.load_json(wrong)
    with pytest.raises(mx.MXNetError):
        sym.load_json("no graph")
    with pytest.raises(mx.MXNetError):
        sym.load(str(tmp_path / "not there"))


def test_methods_are_operators():
    x = sym.var("x")
    assert x.reshape((2, 3)).attr("shape") == "(2, 3)"
    assert x.reshape(2, 3).attr("shape") == "(2, 3)"
    assert x.astype("float16").attr("dtype") == "float16"
    assert x.slice_axis(axis=0, begin=0, end=2).list_attr() == {"axis": "0", "begin": "0", "end": "2"}
    assert x.transpose((1, 0)).attr("axes") == "(1, 0)"
    assert sym.Concat(x, sym.var("y"), dim=1, name="c").list_attr()["num_args"] == "2"


def test_long_names_stay_whole():
    name = "layer_" * 20
    x = sym.var("x")
    for made in (sym.relu(x, name=name), sym.zeros((2, 0), name=name),
                 sym.Concat(x, sym.var("y"), name=name), sym.Activation(x, "relu", name=name),
                 sym.FullyConnected(x, num_hidden=2, name=name), sym.relu(data=x, name=name)):
        assert made.name == name
    assert sym.FullyConnected(x, num_hidden=2, name=name).list_arguments() == [
        "x", name + "_weight", name + "_bias"]


def test_nodes_are_named_by_what_was_called():
    x = sym.var("x")
    with mx.name.NameManager():
        made = [sym.flip(x, axis=0), x.flip(axis=0), sym.reverse(x, axis=0), sym.sum_axis(x),
                sym.ElementWiseSum(x, x), sym.contrib.box_nms(x), sym.linalg.det(x),
                sym.linalg_det(x), sym.random.uniform(shape=(1,)), x + x]
        assert [node.name for node in made] == [
            "flip0", "flip1", "reverse0", "sum_axis0", "elementwisesum0", "box_nms0", "det0",
            "linalg_det0", "_random_uniform0", "_plus0"]
    with mx.name.Prefix("net_"):
        assert sym.flip(x, axis=0).name == "net_flip0"
        assert sym.flip(x, axis=0, name="given").name == "net_given"


def test_inputs_of_which_only_the_number_is_said():
    joined = sym.Concat(num_args=2, dim=0, name="joined")
    assert joined.list_arguments() == ["joined_arg0", "joined_arg1"]
    given = {"joined_arg0": nd.zeros((1, 2)), "joined_arg1": nd.ones((2, 2))}
    assert joined.eval(**given)[0].shape == (3, 2)
    x = sym.var("x")
    assert sym.Concat(x, num_args=3, name="c").list_arguments() == ["x", "c_arg1", "c_arg2"]
    assert sym.Crop(x, num_args=2, name="c").list_arguments() == ["x", "c_arg1"]
    assert sym.amp_multicast(x, num_outputs=2, name="c").list_arguments() == ["x", "c_data_1"]
    assert sym.multi_sum_sq(x, num_arrays=2, name="c").list_arguments() == ["x", "c_array_1"]
    with pytest.raises(mx.MXNetError, match="num_args"):
        sym.Concat(num_args=-1)
    with pytest.raises(mx.MXNetError, match="num_args"):
        sym.Concat(num_args=10**9)


def test_files_say_whether_shapes_are_those_of_numpy():
    net = mlp()
    assert "is_np_shape" not in json.loads(net.tojson())["attrs"]
    with mx.np_shape():
        text = net.tojson()
    assert json.loads(text)["attrs"]["is_np_shape"] == ["int", 1]
    assert sym.load_json(text).tojson() == net.tojson()


def test_the_operator_of_a_symbol_alone():
    net = sym.RNN(sym.relu(sym.var("x")), sym.var("p"), sym.var("h"), sym.var("c"), state_size=3,
                  num_layers=2, mode="lstm", state_outputs=True, __mine__="kept away")
    with mx.name.NameManager():
        alone = net._gen_atomic_symbol()
        assert alone.list_arguments() == ["rnn0_data", "rnn0_parameters", "rnn0_state",
                                          "rnn0_state_cell"]
    assert len(alone) == 3 and alone.attr("state_size") == "3"
    for other in (sym.var("x"), sym.Group([net, sym.var("x")])):
        with pytest.raises(mx.MXNetError, match="expected one operator"):
            other._gen_atomic_symbol()


def _operators_whose_options_name_inputs():
    """(name, options, inputs by name) of each sample of the library's that can be called so: inputs of
    control flow, and the second of atleast_1d, come in a row only."""
    for name, _ in _core.operator_names():
        info = _core.describe_operator(name)
        if not info['options_name_inputs']:
            continue
        for options, inputs in _core.samples_of(name):
            names = [given[0] for given in inputs]
            if names and (info['variadic'] or set(names) <= set(info['inputs'])):
                yield pytest.param(name, options, inputs, id=f'{name}-{"-".join(names)}')


def _input(shape, low, high, whole):
    values = np.random.RandomState(3).uniform(low, high, shape)
    return nd.array(np.floor(values) if whole else values)


@pytest.mark.parametrize('name, options, given', list(_operators_whose_options_name_inputs()))
def test_inputs_by_name_that_follow_from_options(name, options, given):
    """Also one behind another that these options do without, and in any order."""
    eager, symbolic = (_core.make_operator(name, kind, name) for kind in (ND, SYM))
    inputs = {name: _input(*how) for name, *how in given}
    variables = {name: sym.var(name) for name in reversed(list(inputs))}
    symbol = symbolic(**variables, **options)
    states = {name: inputs[name].copy() for name in symbol.list_auxiliary_states()}
    arguments = {name: array.copy() for name, array in inputs.items() if name not in states}
    assert symbol.list_arguments() == list(arguments)

    mx.random.seed(5)
    expected = eager(**inputs, **options)
    mx.random.seed(5)
    results = symbol.bind(mx.cpu(), arguments, aux_states=states).forward()
    expected = expected if isinstance(expected, list) else [expected]
    assert len(results) == len(expected)
    for result, there in zip(results, expected):
        assert result.dtype == there.dtype
        np.testing.assert_array_equal(result.asnumpy(), there.asnumpy())

    first, *others = inputs
    if not _core.describe_operator(name)['variadic']:
        made = symbolic(variables[first], **options, name='it')
        assert made.list_arguments() == [first, *(f'it_{name}' for name in others)]


def test_operators_whose_options_name_inputs_are_found():
    found = {case.values[0] for case in _operators_whose_options_name_inputs()}
    assert {'RNN', 'CTCLoss', 'UpSampling', '_npi_choice', '_npi_normal', '_npi_insert_slice',
            '_npi_ediff1d', 'amp_multicast', 'multi_sgd_update'} <= found


def test_an_input_that_options_do_without_is_refused():
    variables = {name: sym.var(name) for name in ('data', 'parameters', 'state_cell')}
    with pytest.raises(mx.MXNetError, match='with these options there is no input state_cell'):
        sym.RNN(**variables, mode='gru', state_size=4, num_layers=1)


@pytest.mark.parametrize("name", ["add_n", "concat", "khatri_rao", "stack"])
def test_inputs_of_any_number_have_names(name):
    function = getattr(mx.sym, name)
    assert function(num_args=2, name="q").list_arguments() == ["q_arg0", "q_arg1"]
    a, b = mx.sym.var("a"), mx.sym.var("b")
    assert function(arg1=b, arg0=a, num_args=2).list_arguments() == ["a", "b"]
