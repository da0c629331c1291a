"""Threads, memory that stays, and Ctrl-C."""
import contextlib
import gc
import pickle
import signal
import threading
import time

import gluino as mx
import numpy as np
import pytest
from gluino import autograd, nd, sym


def resident():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096


def recorded():
    x = nd.ones((4,))
    x.attach_grad()
    with autograd.record():
        y = (x * x)[1:3].sum()
    y.backward()


def broken():
    with pytest.raises(mx.MXNetError):
        nd.clip(nd.ones((2,)), 0, 1, no_such_option=1)
    with pytest.raises(ValueError):
        nd.zeros((2,))[:] = [1, 2, 3]


X = nd.ones((8, 8))
WORK = {
    "operators": lambda: nd.FullyConnected(X, X, num_hidden=8, no_bias=True) + 1,
    "options": lambda: nd.clip(X, 0, np.random.rand()),
    "parts": lambda: (X[1], X[1:3, ::2], X[[0, 1]], X.reshape((4, 16))),
    "rows": lambda: [row for row in X],
    "assignment": lambda: X.__setitem__(slice(0, 2), np.ones((8,))),
    "numpy": lambda: nd.array(X.asnumpy()),
    "interop": lambda: (np.asarray(X).sum(), nd.from_dlpack(X.to_dlpack_for_read())),
    "pickles": lambda: pickle.loads(pickle.dumps(X)),
    "recorded": recorded,
    "broken": broken,
    "symbols": lambda: (sym.var("a") * 2).eval(a=X),
    "contexts": lambda: nd.zeros((2,), ctx=mx.cpu(1)).as_in_context(mx.cpu(0)),
}


@pytest.mark.parametrize("name", WORK)
def test_memory_stays(name):
    work = WORK[name]
    count = 200 if name in ("symbols", "broken", "recorded") else 3000
    for _ in range(count):
        work()
    gc.collect()
    before = resident()
    objects = len(gc.get_objects())
    for _ in range(3 * count):
        work()
    gc.collect()
    assert resident() - before < 3 << 20
    assert len(gc.get_objects()) - objects < 50


def in_threads(function, count=4):
    """Runs the function in threads, and raises what one of them raised."""
    errors = []

    def run(number):
        try:
            function(number)
        except BaseException as error:  # handed on
            errors.append(error)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def test_threads_compute_at_once():
    x, w = nd.ones((64, 100)), nd.ones((10, 100))

    def work(number):
        for i in range(60):
            y = nd.FullyConnected(x, w, num_hidden=10, no_bias=True)
            assert y.asnumpy().min() == y.asnumpy().max() == 100
            # More kinds of options than are remembered, of arrays large enough for other threads.
            assert nd.slice_axis(x, axis=1, begin=i % 20, end=i % 20 + 30 + number).shape[1] == \
                30 + number

    in_threads(work)


def test_modes_are_a_threads_own():
    def work(number):
        assert not autograd.is_recording()
        assert mx.current_context() == mx.cpu(0)
        assert mx.AttrScope.current.get(None) == {}
        assert sym.FullyConnected(sym.var("x"), num_hidden=1).name == "fullyconnected0"
        with mx.cpu(number), autograd.record(), mx.name.Prefix(f"t{number}_"):
            time.sleep(0.01)
            assert nd.ones((1,)).context == mx.cpu(number)
            assert sym.relu(sym.var("x"), name="r").name == f"t{number}_r"
            x = nd.array([number])
            x.attach_grad()
            y = x * x
        y.backward()
        assert x.grad.asscalar() == 2 * number

    with autograd.record(), mx.cpu(1), mx.AttrScope(a="b"), mx.name.Prefix("main_"):
        in_threads(work)


@contextlib.contextmanager
def interrupted():
    """Ctrl-C comes in 0.2 s, and ends what runs within seconds."""
    mask = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        timer = threading.Timer(0.2, lambda: signal.pthread_kill(threading.main_thread().ident,
                                                                 signal.SIGINT))
        timer.start()
        begin = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            yield begin
        assert time.monotonic() - begin < 5
    finally:
        signal.signal(signal.SIGINT, mask)
    assert nd.ones((2,)).asnumpy().sum() == 2 and not autograd.is_recording()


def test_ctrl_c():
    with interrupted() as begin:
        x = nd.ones((200, 200))
        while time.monotonic() - begin < 30:
            nd.contrib.foreach(lambda a, s: (a, s), x, nd.zeros((1,)))
            nd.dot(x, x)


def count_to(most):
    """x as it is, and 1 more with every step as long as it is below `most`."""
    _, (last,) = sym.contrib.while_loop(lambda x: x < most, lambda x: ([], [x + 1]),
                                        [sym.var("x")], max_iterations=10 ** 8)
    return last


def test_ctrl_c_in_a_loop_of_a_graph():
    executor = count_to(sym.var("most")).bind(mx.cpu(), {"x": nd.zeros((1,)),
                                                         "most": nd.full((1,), 1e7)})
    with interrupted():
        executor.forward()
    executor.arg_dict["most"][:] = 3
    assert executor.forward()[0].asscalar() == 3


def test_ctrl_c_in_a_hybridized_block():
    net = mx.gluon.SymbolBlock(count_to(1e7), [sym.var("x")])
    net.hybridize()
    with interrupted():
        net(nd.zeros((1,)))
    assert net(nd.full((1,), 1e7 - 1)).asscalar() == 1e7


def test_another_handler_of_a_signal():
    heard = []
    mask = signal.signal(signal.SIGALRM, lambda *_: heard.append(time.monotonic()))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        executor = count_to(3e6).bind(mx.cpu(), {"x": nd.zeros((1,))})
        assert executor.forward()[0].asscalar() == 3e6
        end = time.monotonic()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, mask)
    assert len(heard) == 1 and heard[0] < end
