"""What the profiler tells: of memory, and of operators written in Python."""
import json
import os
import stat

import gluino as mx
import pytest
from gluino import profiler


@pytest.fixture(autouse=True)
def stopped():
    yield
    profiler.set_state("stop")
    profiler.set_config(profile_memory=False)
    profiler.dumps(reset=True)


def collected(program, **config):
    profiler.set_config(**config)
    profiler.dumps(reset=True)
    profiler.set_state("run")
    program()
    profiler.set_state("stop")
    return json.loads(profiler.dumps(format="json"))


def test_memory_after_every_operator():
    def program():
        kept = [mx.nd.ones((1000, 1000)) + 1 for _ in range(3)]
        assert kept

    seen = collected(program, profile_memory=True)
    row = seen["Memory"]["Memory"]["Memory: cpu/0"]
    assert row["Count"] >= 3 and row["Max"] - row["Min"] >= 8000 and seen["Unit"]["Memory"] == "kB"
    assert "Memory: cpu/0" in profiler.dumps()
    assert collected(program, profile_memory=False)["Memory"] == {}


def test_operators_written_in_python():
    class Double(mx.operator.CustomOp):
        def forward(self, is_train, req, in_data, out_data, aux):
            self.assign(out_data[0], req[0], in_data[0] * 2)

        def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
            self.assign(in_grad[0], req[0], out_grad[0] * 2)

    @mx.operator.register("doubled_and_timed")
    class DoubleProp(mx.operator.CustomOpProp):
        def create_operator(self, ctx, in_shapes, in_dtypes):
            return Double()

    def program():
        x = mx.nd.ones((3,))
        x.attach_grad()
        with mx.autograd.record():
            y = mx.nd.Custom(x, op_type="doubled_and_timed")
        y.backward()

    assert DoubleProp
    times = collected(program)["Time"]["Custom Operator"]
    assert times["doubled_and_timed::pure_python"]["Count"] == 1
    assert times["_backward_doubled_and_timed::pure_python"]["Count"] == 1


def test_operators_that_one_written_in_python_calls(tmp_path):
    class Shifted(mx.operator.CustomOp):
        def forward(self, is_train, req, in_data, out_data, aux):
            self.assign(out_data[0], req[0], mx.nd.sqrt(in_data[0]) + 1)

        def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
            self.assign(in_grad[0], req[0], mx.nd.cos(out_grad[0]))

    @mx.operator.register("shifted_and_timed")
    class ShiftedProp(mx.operator.CustomOpProp):
        def create_operator(self, ctx, in_shapes, in_dtypes):
            return Shifted()

    def program():
        x = mx.nd.ones((3,))
        x.attach_grad()
        with mx.autograd.record():
            y = mx.nd.sin(mx.nd.Custom(mx.nd.sqrt(x), op_type="shifted_and_timed"))
        y.backward()
        mx.sym.Custom(mx.sym.var("x"), op_type="shifted_and_timed").eval(x=x)

    assert ShiftedProp
    seen = collected(program)["Time"]
    inside = {name: row["Count"] for name, row in seen["Custom Operator"].items()}
    assert inside["shifted_and_timed::sqrt"] == inside["shifted_and_timed::_plus_scalar"] == 2
    assert inside["_backward_shifted_and_timed::cos"] == 1
    assert seen["operator"]["sqrt"]["Count"] == seen["operator"]["sin"]["Count"] == 1
    assert "cos" not in seen["operator"]
    before = profiler._config["filename"]
    try:
        profiler.set_config(filename=str(tmp_path / "trace.json"))
        profiler.dump()
    finally:
        profiler.set_config(filename=before)
    trace = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    assert "shifted_and_timed::sqrt" in {event["name"] for event in trace}


def test_arrays_that_are_filled_with_a_number():
    def program():
        for made in (mx.nd.zeros((2,)), mx.nd.ones((2,)), mx.nd.ones((2,)), mx.nd.full((2,), 7),
                     mx.np.zeros((2,))):
            assert made.shape == (2,)

    seen = collected(program)["Time"]["operator"]
    assert [seen[name]["Count"] for name in ("_zeros", "_ones", "_full")] == [2, 2, 1]


def test_a_dump_goes_into_a_pipe_and_through_a_link(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    link = tmp_path / "link.json"
    link.symlink_to("trace.json")
    before = profiler._config["filename"]
    try:
        profiler.set_config(filename=str(pipe))
        profiler.dump()
        assert b"traceEvents" in os.read(reader, 1000)
        assert stat.S_ISFIFO(pipe.stat().st_mode)
        profiler.set_config(filename=str(link))
        profiler.dump()
        assert link.is_symlink() and (tmp_path / "trace.json").is_file()
        assert sorted(os.listdir(tmp_path)) == ["link.json", "pipe", "trace.json"]
    finally:
        profiler.set_config(filename=before)
        os.close(reader)
