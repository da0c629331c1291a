"""Measures Gluino beside PyTorch, JAX and MXNet 1.9.1, each in a virtual environment of its own:

    python3 benchmarks/peers/run.py [--rounds 5] [--seconds 0.5] [--threads 1,2] [--only PATTERN]
                                    [--peers torch,jax,mxnet] [--output FILE]

`make bench-peers` builds the wheels first, which Gluino's environment is made of. The environments
are made under build/peers/ by requirements/*.txt, once; a peer that cannot be installed, or does not
start, is left out by a sentence. All libraries run the same problems (problems.py) from Python, from
the same weights, and must compute the same before anything is measured. They take turns, round by
round, so that what else the machine does meets all alike; of several ways to run a library the
fastest counts. The result is one table in Markdown, of medians.
"""

import argparse
import json
import pathlib
import re
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TITLES = {"gluino": "Gluino", "torch": "PyTorch", "jax": "JAX", "mxnet": "MXNet"}


def environment(library):
    """The interpreter of a library's virtual environment, made when its requirements are new."""
    venv = ROOT / "build" / "peers" / library
    wanted = HERE / "requirements" / f"{library}.txt"
    kept = venv / "requirements.txt"
    python = venv / "bin" / "python"
    pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    if not kept.exists() or kept.read_text() != wanted.read_text():
        print(f"{TITLES[library]}: making {venv.relative_to(ROOT)}", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
        subprocess.run([*pip, "-r", wanted], check=True)
        kept.write_text(wanted.read_text())
    if library == "gluino":  # from here alone; it may be another wheel of the same version
        subprocess.run([*pip, "--force-reinstall", "--no-deps", "--no-index", "--find-links",
                        ROOT / "dist", "gluino", "mxnet"], check=True)  # fmt: skip
    return python


class Worker:
    """The process of one library with one number of threads (worker.py)."""

    def __init__(self, library, threads, python):
        log = ROOT / "build" / "peers" / f"{library}-{threads}.log"
        self.library, self.threads, self.log = library, threads, log
        self.process = subprocess.Popen(
            [python, HERE / "worker.py", library, str(threads)], text=True, cwd=HERE,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log.open("w"))  # fmt: skip
        about = self._answer()
        self.version, self.cases = about["version"], about["cases"]

    def ask(self, **told):
        print(json.dumps(told), file=self.process.stdin, flush=True)
        return self._answer()

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            lines = self.log.read_text().strip().splitlines() or ["it ended without a word"]
            raise RuntimeError(f"{TITLES[self.library]}: {lines[-1]} (all in {self.log})")
        return json.loads(line)

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def start(libraries, threads):
    """The workers of the libraries that can be installed and start."""
    workers = []
    for library in libraries:
        try:
            python = environment(library)
            workers += [Worker(library, number, python) for number in threads]
        except (subprocess.CalledProcessError, RuntimeError) as error:
            if library == "gluino":
                raise
            workers = [worker for worker in workers if worker.library != library]
            print(f"{TITLES[library]} is left out: {error}", file=sys.stderr, flush=True)
    return workers


def agree(case, numbers):
    """Throws unless what all libraries computed is the same, but for rounding."""
    expected = next(iter(numbers.values()))
    for who, values in numbers.items():
        close = len(values) == len(expected) and all(
            abs(a - b) <= 1e-3 + 1e-2 * abs(b) for a, b in zip(values, expected, strict=True))
        if not close:
            raise RuntimeError(f"{case}: {who} computed {values[:4]}, "
                               f"{next(iter(numbers))} {expected[:4]}")  # fmt: skip


def measure(number, case, batch, workers, rounds, seconds):
    """Samples a second by (library, threads): the fastest way's median, and its name."""
    turns, numbers = [], {}
    for worker in workers:
        ways = worker.ask(prepare=number)["ways"]
        numbers.update({f"{TITLES[worker.library]} ({way})": told for way, told in ways.items()})
        turns += [(worker, way, []) for way in ways]
    agree(case, numbers)
    for _ in range(rounds):
        for worker, way, rates in turns:
            rates.append(batch * worker.ask(run=[way, seconds])["rate"])
    best = {}
    for worker, way, rates in turns:
        key, rate = (worker.library, worker.threads), statistics.median(rates)
        if rate > best.get(key, (0,))[0]:
            best[key] = (rate, way)
    return best


def figure(rate):
    return f"{rate:,.0f}" if rate >= 100 else f"{rate:.3g}"


def row(case, threads, best, libraries):
    """A line of the table: our rate with its way, and the peers' rates, the fastest of which is in
    italics, with its way."""
    peers = [best[name, threads][0] for name in libraries[1:] if (name, threads) in best]
    fastest = max(peers, default=None)
    ours = best["gluino", threads][0]
    cells = []
    for name in libraries:
        rate, way = best.get((name, threads), (None, ""))
        text = "-" if rate is None else figure(rate)
        if name == "gluino":
            text += f" {way}"
        elif rate is not None and rate == fastest:
            text = f"*{text}* {way}"
        cells.append(text)
    ratio = "-" if fastest is None else f"**{ours / fastest:.2f}**"
    return f"| {case} | {threads} | {' | '.join(cells)} | {ratio} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5, help="of a round of one library")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--only", default="", help="cases in whose names this pattern is found")
    parser.add_argument("--peers", default="torch,jax,mxnet")
    parser.add_argument("--output", type=pathlib.Path, help="where the table is written, too")
    arguments = parser.parse_args()
    threads = [int(number) for number in arguments.threads.split(",")]

    workers = start(["gluino", *filter(None, arguments.peers.split(","))], threads)
    versions = {worker.library: worker.version for worker in workers}
    libraries = list(versions)
    titles = [f"{TITLES[name]} {version}" for name, version in versions.items()]
    lines = []

    def say(line):
        lines.append(line)
        print(line, flush=True)

    say(f"| samples (calls) a second | threads | {' | '.join(titles)} | to the best peer |")
    say(f"|---|---|{'---|' * len(titles)}---|")
    failed = False
    for number, (case, batch) in enumerate(workers[0].cases):
        if not re.search(arguments.only, case):
            continue
        try:
            best = measure(number, case, batch, workers, arguments.rounds, arguments.seconds)
        except RuntimeError as error:
            print(f"left out: {error}", file=sys.stderr, flush=True)
            failed = True
            continue
        for count in threads:
            say(row(case, count, best, libraries))
    if arguments.output:
        arguments.output.write_text("\n".join(lines) + "\n")
    for worker in workers:
        worker.end()
    return failed


if __name__ == "__main__":
    sys.exit(main())
