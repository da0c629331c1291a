"""CustomOp and CustomOpProp: operators that users write."""
import threading
import traceback

import numpy as np
import pytest

import gluino as mx
from gluino.test_utils import assert_almost_equal, check_numeric_gradient


class Square(mx.operator.CustomOp):
    def forward(self, is_train, req, in_data, out_data, aux):
        self.assign(out_data[0], req[0], in_data[0] * in_data[0])

    def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
        self.assign(in_grad[0], req[0], 2 * in_data[0] * out_grad[0])


@mx.operator.register("t_square")
class SquareProp(mx.operator.CustomOpProp):
    def create_operator(self, ctx, in_shapes, in_dtypes):
        return Square()


def test_outputs_and_gradients():
    x = mx.nd.array([[1, 2], [3, 4]])
    x.attach_grad()
    with mx.autograd.record():
        y = mx.nd.Custom(x, op_type="t_square")
        z = (y * 3).sum()
    z.backward()
    assert_almost_equal(y, x.asnumpy() ** 2)
    assert_almost_equal(x.grad, 6 * x.asnumpy())
    assert_almost_equal(mx.nd.Custom(data=x, op_type="t_square"), y)


def test_symbols_and_numeric_gradients():
    s = mx.sym.Custom(mx.sym.var("q"), op_type="t_square", name="sq")
    assert s.list_arguments() == ["q"] and s.list_outputs() == ["sq_output"]
    assert s.infer_shape(q=(2, 3))[1] == [(2, 3)]
    check_numeric_gradient(s, [np.random.uniform(0.5, 1, (3, 4))], dtype=np.float64, rtol=1e-4,
                           atol=1e-6)
    assert mx.sym.Custom(op_type="t_square").list_arguments()[0].endswith("_data")
    loaded = mx.sym.load_json(s.tojson())
    assert loaded.eval(q=mx.nd.array([3.0]))[0].asnumpy().tolist() == [9]


class Scale(mx.operator.CustomOp):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, is_train, req, in_data, out_data, aux):
        self.kept = in_data[0] + in_data[1]
        self.assign(out_data[0], req[0], self.kept * self.factor)
        self.assign(out_data[1], req[1], in_data[1].sum())
        aux[0][:] += 1

    def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
        assert (self.kept == in_data[0] + in_data[1]).asnumpy().all()
        in_grad[0][:] = out_grad[0] * self.factor
        in_grad[1][:] = (out_grad[0] * self.factor).sum(axis=0) + out_grad[1]


@mx.operator.register("t_scale")
class ScaleProp(mx.operator.CustomOpProp):
    def __init__(self, factor="1", **others):
        super().__init__(need_top_grad=True)
        self.factor = float(factor)
        self.others = others

    def list_arguments(self):
        return ["data", "row"]

    def list_outputs(self):
        return ["scaled", "sum"]

    def list_auxiliary_states(self):
        return ["calls"]

    def infer_shape(self, in_shape):
        assert isinstance(in_shape[0], list)
        return [in_shape[0], in_shape[0][1:]], [in_shape[0], (1,)], [(1,)]

    def create_operator(self, ctx, in_shapes, in_dtypes):
        assert ctx == mx.cpu() and in_shapes == [[2, 3], [3]]
        assert in_dtypes == [np.float32, np.float32]
        return Scale(self.factor)


def test_several_arguments_outputs_states_and_options():
    data, row, calls = mx.nd.ones((2, 3)), mx.nd.arange(3), mx.nd.zeros((1,))
    data.attach_grad()
    row.attach_grad()
    with mx.autograd.record():
        scaled, total = mx.nd.Custom(data, row, calls, op_type="t_scale", factor=2, note=(1, 2))
    mx.autograd.backward([scaled, total])
    assert_almost_equal(scaled, 2 * (1 + np.arange(3)) * np.ones((2, 1)))
    assert total.asscalar() == 3 and calls.asscalar() == 1
    assert_almost_equal(row.grad, np.full(3, 5))
    again = mx.nd.Custom(row=row, calls=calls, data=data, op_type="t_scale", factor="2")
    assert_almost_equal(again[0], scaled)


def test_inputs_left_out_of_a_symbol_are_variables():
    s = mx.sym.Custom(data=mx.sym.var("x"), op_type="t_scale", name="s", factor=3)
    assert s.list_arguments() == ["x", "s_row"]
    assert s.list_auxiliary_states() == ["s_calls"]
    assert s.list_outputs() == ["s_scaled", "s_sum"]
    executor = s.simple_bind(mx.cpu(), x=(2, 3))
    executor.forward(is_train=True, x=mx.nd.ones((2, 3)))
    executor.backward([mx.nd.ones((2, 3)), mx.nd.ones((1,))])
    assert_almost_equal(executor.outputs[0], np.full((2, 3), 3))
    assert_almost_equal(executor.grad_dict["s_row"], np.full(3, 7))
    assert executor.aux_dict["s_calls"].asscalar() >= 1


@mx.operator.register("t_loss")
class LossProp(mx.operator.CustomOpProp):
    def __init__(self):
        super().__init__(need_top_grad=False)

    def create_operator(self, ctx, in_shapes, in_dtypes):
        class Loss(mx.operator.CustomOp):
            def forward(self, is_train, req, in_data, out_data, aux):
                assert is_train == mx.autograd.is_training()
                assert not mx.autograd.is_recording()
                out_data[0][:] = in_data[0]

            def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
                assert not out_grad
                self.assign(in_grad[0], req[0], out_data[0] - 1)
        return Loss()


def test_a_loss_needs_no_head_gradient():
    x = mx.nd.array([3.0, 4.0])
    x.attach_grad()
    with mx.autograd.record():
        y = mx.nd.Custom(x, op_type="t_loss")
    y.backward()
    assert x.grad.asnumpy().tolist() == [2, 3]


def failing(stage):
    class Op(Square):
        def forward(self, *args, **kwargs):
            if stage == "forward":
                raise KeyError("in forward")
            super().forward(*args, **kwargs)

        def backward(self, *args, **kwargs):
            raise ValueError("in backward")

    @mx.operator.register("t_failing")
    class Prop(mx.operator.CustomOpProp):
        def __init__(self):
            super().__init__()
            if stage == "init":
                raise LookupError("in init")

        def infer_shape(self, in_shape):
            if stage == "infer_shape":
                raise OSError(5, "in infer_shape")
            return super().infer_shape(in_shape)

        def create_operator(self, ctx, in_shapes, in_dtypes):
            if stage == "create":
                raise StopIteration("in create")
            return Op()


@pytest.mark.parametrize("stage, kind", [
    ("init", LookupError), ("infer_shape", OSError), ("create", StopIteration),
    ("forward", KeyError), ("backward", ValueError)])
def test_exceptions_arrive_as_they_are_and_as_mxnets(stage, kind):
    failing(stage)
    x = mx.nd.ones((2,))
    x.attach_grad()
    with pytest.raises(mx.MXNetError) as caught:
        with mx.autograd.record():
            y = mx.nd.Custom(x, op_type="t_failing")
        y.backward()
    assert isinstance(caught.value, kind)
    assert f"in {stage}" in str(caught.value)
    lines = "".join(traceback.format_exception(caught.value))
    assert "test_custom.py" in lines and f'"in {stage}"' in lines
    assert not mx.autograd.is_recording()


def test_keyboard_interrupts_stay_what_they_are():
    class Op(mx.operator.CustomOp):
        def forward(self, *args, **kwargs):
            raise KeyboardInterrupt

    @mx.operator.register("t_interrupted")
    class Prop(mx.operator.CustomOpProp):
        def create_operator(self, ctx, in_shapes, in_dtypes):
            return Op()

    with pytest.raises(KeyboardInterrupt):
        mx.nd.Custom(mx.nd.ones((2,)), op_type="t_interrupted")


def test_mistakes_in_calls():
    x = mx.nd.ones((2,))
    with pytest.raises(mx.MXNetError, match="t_none"):
        mx.nd.Custom(x, op_type="t_none")
    with pytest.raises(mx.MXNetError, match="op_type"):
        mx.nd.Custom(x)
    with pytest.raises(mx.MXNetError, match="expected 1"):
        mx.nd.Custom(x, x, op_type="t_square")
    with pytest.raises(TypeError):
        mx.nd.Custom(np.ones(2), op_type="t_square")


@mx.operator.register("t_no_input")
class NoInputProp(mx.operator.CustomOpProp):
    def __init__(self, length, depth):
        super().__init__()
        self.shape = (int(length), int(depth))

    def list_arguments(self):
        return []

    def infer_shape(self, in_shape):
        return [], [self.shape], []

    def infer_type(self, in_type):
        return [], [np.int32], []

    def create_operator(self, ctx, in_shapes, in_dtypes):
        class Op(mx.operator.CustomOp):
            def forward(self, is_train, req, in_data, out_data, aux):
                self.assign(out_data[0], req[0], 7)
        return Op()


def test_operators_without_inputs():
    sevens = mx.nd.Custom(length=2, depth=3, op_type="t_no_input")
    assert sevens.dtype == np.int32 and sevens.asnumpy().tolist() == [[7, 7, 7]] * 2
    source = mx.sym.Custom(length=2, depth=3, op_type="t_no_input", name="source")
    executor = (source + mx.sym.var("x")).bind(
        mx.cpu(), {"x": mx.nd.ones((2, 3), dtype="int32")}, grad_req="null")
    assert executor.forward()[0].asnumpy().tolist() == [[8, 8, 8]] * 2


@mx.operator.register("t_counter")
class CounterProp(NoInputProp):
    def list_auxiliary_states(self):
        return ["count"]

    def infer_shape(self, in_shape):
        return [], [self.shape], [self.shape]

    def infer_type(self, in_type):
        return [], [np.int32], [np.int32]

    def create_operator(self, ctx, in_shapes, in_dtypes):
        class Op(mx.operator.CustomOp):
            def forward(self, is_train, req, in_data, out_data, aux):
                self.assign(out_data[0], req[0], aux[0])
                aux[0][:] = aux[0] + 1
        return Op()


def test_operators_with_states_alone():
    symbol = mx.sym.Custom(length=1, depth=2, op_type="t_counter", name="n")
    assert symbol.list_arguments() == [] and symbol.list_auxiliary_states() == ["n_count"]
    assert symbol.infer_shape() == ([], [(1, 2)], [(1, 2)])
    assert symbol.infer_type() == ([], [np.int32], [np.int32])
    executor = symbol.simple_bind(mx.cpu())
    executor.aux_dict["n_count"][:] = 3
    for count in (3, 4):
        assert executor.forward()[0].asnumpy().tolist() == [[count] * 2]
    count = mx.nd.ones((1, 2), dtype="int32")
    mx.nd.Custom(count, length=1, depth=2, op_type="t_counter")
    assert count.asnumpy().tolist() == [[2, 2]]


def test_a_name_may_be_registered_anew():
    for factor in (2, 3):
        class Op(mx.operator.CustomOp):
            def forward(self, is_train, req, in_data, out_data, aux, by=factor):
                out_data[0][:] = in_data[0] * by

        @mx.operator.register("t_anew")
        class Prop(mx.operator.CustomOpProp):
            def create_operator(self, ctx, in_shapes, in_dtypes, made=Op):
                return made()

        assert mx.nd.Custom(mx.nd.ones((1,)), op_type="t_anew").asscalar() == factor


def test_operators_run_on_any_thread():
    results = []

    def run():
        for i in range(20):
            results.append(mx.nd.Custom(mx.nd.full((100, 100), i), op_type="t_square")[0, 0])

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(r.asscalar() for r in results) == sorted([i * i for i in range(20)] * 4)


def test_assign():
    op, target = mx.operator.CustomOp(), mx.nd.zeros((2,))
    for req, expected in (("write", 2), ("add", 4), ("null", 4), ("inplace", 2)):
        op.assign(target, req, mx.nd.full((2,), 2))
        assert target.asnumpy().tolist() == [expected, expected]


def test_what_operators_there_are():
    names = mx.operator.get_all_registered_operators()
    assert {"Convolution", "flatten", "Custom"} <= set(names)
    arguments = mx.operator.get_operator_arguments("FullyConnected")
    assert arguments.narg == len(arguments.names) == len(arguments.types)
    assert arguments.names[:4] == ["data", "weight", "bias", "num_hidden"]
    with pytest.raises(mx.MXNetError):
        mx.operator.get_operator_arguments("NoSuchOperator")
