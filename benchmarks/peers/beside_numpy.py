"""Measures mx.np beside NumPy, in one process, on arrays of 10^6 elements:

    python3 benchmarks/peers/beside_numpy.py [--only PATTERN] [--threads 1,2] [--rounds 60]
                                             [--slower-than 2] [--output FILE]

`make bench-numpy` builds the wheel first. Each line of expressions.py is computed by both and must
give the same; then they take turns, call by call, and the least time counts, so that what else the
machine does hardly matters. The table in Markdown has all lines, the slowest first; those that take
more than twice NumPy's time are counted at the end.
"""

import argparse
import os
import pathlib
import re
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def same(ours, theirs):
    """Whether both hold the same numbers, but for rounding."""
    import numpy as np

    if isinstance(theirs, (tuple, list)):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    return ours.shape == theirs.shape and np.allclose(ours, theirs, 2e-3, 2e-3, equal_nan=True)


def measure(calls, rounds, budget=4.0):
    """The least time of each call, in seconds; they take turns."""
    least, begin = [float("inf")] * len(calls), time.perf_counter()
    for _ in range(rounds):
        for number, call in enumerate(calls):
            start = time.perf_counter()
            call()
            least[number] = min(least[number], time.perf_counter() - start)
        if time.perf_counter() - begin > budget:
            break
    return least


def sides():
    """What the names in an expression are, for NumPy and for Gluino."""
    import expressions
    import mxnet as mx
    import numpy as np

    theirs = expressions.operands()
    ours = {name: mx.np.array(value, dtype=value.dtype) for name, value in theirs.items()}
    return {"np": np, **theirs}, {"np": mx.np, **ours}


def sweep(arguments, threads):
    """Rows of (expression, NumPy's time, ours by threads), and what could not be measured."""
    import expressions
    from gluino import _core

    theirs, ours = sides()
    rows, left_out = [], []
    for kind, lines in expressions.KINDS.items():
        for line in lines:
            if not re.search(arguments.only, f"{kind} {line}"):
                continue
            code = compile(line, line, "eval")
            numpy_call, own_call = (lambda of=of, code=code: eval(code, of) for of in (theirs, ours))
            try:
                agree = same(own_call(), numpy_call())
            except Exception as error:
                left_out.append(f"{line}: {type(error).__name__} {str(error).splitlines()[0]}")
                continue
            if not agree:
                left_out.append(f"{line}: not NumPy's numbers")
                continue
            least = []
            for number in threads:
                _core.set_num_threads(number)
                least.append(measure([numpy_call, own_call], arguments.rounds))
            rows.append((line, min(base for base, _ in least), [own for _, own in least]))
    return rows, left_out


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", default="", help="kinds and lines in which this pattern is found")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--slower-than", type=float, default=2.0, help="what is counted at the end")
    parser.add_argument("--output", type=pathlib.Path, help="where the table is written, too")
    parser.add_argument("--here", action="store_true", help="in this interpreter's environment")
    arguments = parser.parse_args()
    if not arguments.here:
        from run import environment

        python = str(environment("gluino"))
        os.execv(python, [python, *sys.argv, "--here"])

    threads = [int(number) for number in arguments.threads.split(",")]
    rows, left_out = sweep(arguments, threads)
    rows.sort(key=lambda row: -row[2][0] / row[1])
    titles = [f"{number} thread{'s' * (number > 1)}: us | to NumPy's" for number in threads]
    table = [f"| 10^6 elements | NumPy, us | {' | '.join(titles)} |", f"|---|---|{'---|---|' * len(threads)}"]
    for line, base, own in rows:
        cells = [f"{t * 1e6:.0f} | {t / base:.2f}" for t in own]
        table.append(f"| `{line}` | {base * 1e6:.0f} | {' | '.join(cells)} |")
    slow = [row for row in rows if row[2][0] > arguments.slower_than * row[1]]
    table.append(f"\n{len(slow)} of {len(rows)} take more than {arguments.slower_than:g} times NumPy's time.")
    table += [f"left out: {line}" for line in left_out]
    print("\n".join(table))
    if arguments.output:
        arguments.output.write_text("\n".join(table) + "\n")


if __name__ == "__main__":
    main()
