"""Other threads of Python run while the library computes, copies, reads and writes."""
import contextlib
import threading
import time

import numpy as np
import pytest
from gluino import nd

ROWS, COLUMNS = 4000, 4000
ARRAY = nd.ones((ROWS, COLUMNS))
HALF = nd.ones((ROWS, COLUMNS // 2))
PLACES = nd.array(np.arange(COLUMNS)[::-1], dtype="int32")
WORK = {
    "computed": lambda _: nd.exp(ARRAY),
    "copied": lambda _: ARRAY.copy(),
    "cast": lambda _: ARRAY.astype("float64"),
    "a part": lambda _: ARRAY[:, ::-1],
    "places": lambda _: ARRAY[:, PLACES],
    "assigned": lambda _: ARRAY.__setitem__((slice(None), slice(None, None, 2)), HALF),
    "asnumpy": lambda _: ARRAY.asnumpy(),
    "filled": lambda _: nd.full((ROWS, COLUMNS), 3),
    "saved": lambda folder: nd.save(str(folder / "x.params"), ARRAY),
}


@contextlib.contextmanager
def clock():
    """Gives a list to which another thread adds the time, again and again."""
    times, ended = [], threading.Event()

    def tick():
        while not ended.wait(0.0005):
            times.append(time.perf_counter())

    thread = threading.Thread(target=tick)
    thread.start()
    try:
        yield times
    finally:
        ended.set()
        thread.join()


@pytest.mark.parametrize("name", WORK)
def test_a_clock_goes_on(name, tmp_path):
    with clock() as times:
        for _ in range(20):  # where the processors are busy the clock may come too late
            begin = time.perf_counter()
            WORK[name](tmp_path)
            took = time.perf_counter() - begin
            # A thread that waited comes at the end, before Python goes on here.
            if any(0.2 * took < t - begin < 0.7 * took for t in list(times)):
                return
    raise AssertionError("the clock stood still")
