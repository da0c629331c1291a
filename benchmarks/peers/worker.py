"""One library with one number of threads, which does what it is told line by line.

    worker.py LIBRARY THREADS

First it tells its library's version and the cases. Then a line of JSON comes in and one goes out:
{"prepare": number of the case} answers {"ways": {name: numbers}}, {"run": [way, seconds]} answers
{"rate": steps a second}. The process keeps to its first THREADS processors, so that a library finds
no more of them, whatever it asks.
"""

import json
import os
import sys
import time

library, threads = sys.argv[1], int(sys.argv[2])
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "GLUINO_NUM_THREADS"):
    os.environ[variable] = str(threads)


def load():
    if library in ("mxnet", "gluino"):
        import mxnet_peer

        return mxnet_peer.Library(library)
    if library == "torch":
        import torch_peer

        return torch_peer.Library(threads)
    import jax_peer

    return jax_peer.Library()


def measure(step, sync, seconds):
    """Steps a second. What a call of `step` does may be several (`steps`)."""
    each = getattr(step, "steps", 1)
    begin, count, spent = time.perf_counter(), 0, 0.0
    while spent < seconds:
        step(count)
        count += 1
        # A queue of unfinished work would grow without end.
        if count % 8 == 0:
            sync()
        spent = time.perf_counter() - begin
    sync()
    return count * each / (time.perf_counter() - begin)


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    import problems

    cases, peer, steps = problems.cases(), load(), {}

    def answer(values):
        print(json.dumps(values), file=answers, flush=True)

    answer({"version": peer.version(), "cases": [[case.name, case.batch] for case in cases]})
    for line in sys.stdin:
        told = json.loads(line)
        if "prepare" in told:
            steps.clear()
            numbers = {}
            for way, make in peer.ways(cases[told["prepare"]]).items():
                step, tell = make()
                step(0)
                numbers[way] = [float(value) for value in tell()]
                step(1)
                peer.sync()
                steps[way] = step
            answer({"ways": numbers})
        else:
            way, seconds = told["run"]
            answer({"rate": measure(steps[way], peer.sync, seconds)})


main()
