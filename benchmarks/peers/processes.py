"""Measures training in several processes: LeNet by Gluino's "dist_sync" beside PyTorch's
DistributedDataParallel over gloo and, where it installs, Horovod:

    python3 benchmarks/peers/processes.py [--workers 2] [--rounds 5] [--seconds 2] [--output FILE]

It takes the wheels and environments of run.py; Horovod is measured where somebody has built it in
PyTorch's (HOROVOD_WITH_PYTORCH=1 pip install horovod). Each process has one thread and batches of
100 of its own; all begin with the same weights, and must have the same loss after ten steps. Peers
take turns, round by round, each time started anew; of the ways to run PyTorch the fastest counts.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

import run

WORKER = run.HERE / "processes_worker.py"
MPIRUN = ["mpirun", "--allow-run-as-root", "--oversubscribe", "--bind-to", "none"]
WAYS = [("gluino", "hybridized"), ("ddp", "eager"), ("ddp", "channels last"), ("ddp", "compiled"),
        ("horovod", "eager"), ("horovod", "channels last")]  # fmt: skip
TITLES = {"gluino": "Gluino, dist_sync", "ddp": "PyTorch DDP, gloo", "horovod": "Horovod"}
PORT = 29517


def start(library, way, workers, steps):
    """What worker 0 says of so many steps. RuntimeError where a worker fails."""
    python = run.ROOT / "build" / "peers" / ("gluino" if library == "gluino" else "torch") / "bin/python"
    command = [python, WORKER, library, way, str(steps)]
    if library == "ddp":
        told = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(PORT), "WORLD_SIZE": str(workers)}
        processes = [
            subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             env={**os.environ, **told, "RANK": str(rank)})
            for rank in range(workers)]  # fmt: skip
    else:
        processes = [subprocess.Popen([*MPIRUN, "-n", str(workers), *command], text=True,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE)]  # fmt: skip
    ended = [process.communicate(timeout=600) for process in processes]
    for process, (_, errors) in zip(processes, ended, strict=True):
        if process.returncode:
            lines = [line for line in errors.splitlines() if line.strip("- ")]
            told = [line for line in lines if "Error" in line] or lines or ["it ended without a word"]
            raise RuntimeError(told[0])
    return json.loads(ended[0][0].strip().splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2, help="of a round of one library")
    parser.add_argument("--output", type=pathlib.Path, help="where the table is written, too")
    arguments = parser.parse_args()

    for library in ("gluino", "torch"):
        run.environment(library)
    numbers, rates, versions, steps = {}, {}, {}, dict.fromkeys(WAYS, 20)
    for number in range(1 + arguments.rounds):  # the first tells who can
        for who in [*WAYS] if number == 0 else [*rates]:
            try:
                said = start(*who, arguments.workers, steps[who])
            except RuntimeError as error:
                if number or who[0] == "gluino":
                    raise
                print(f"{TITLES[who[0]]} ({who[1]}) is left out: {error}", file=sys.stderr, flush=True)
                continue
            numbers[f"{TITLES[who[0]]} ({who[1]})"] = said["numbers"]
            versions[who] = said["version"]
            rates.setdefault(who, [])
            if number == 0:
                steps[who] = max(1, round(arguments.seconds * said["steps a second"]))
            else:
                rates[who].append(said["rate"])
        run.agree("LeNet", numbers)
    medians = {who: statistics.median(found) for who, found in rates.items()}
    ours = medians[WAYS[0]]
    lines = [f"| LeNet training, {arguments.workers} processes of 1 thread | samples/s | ours to theirs |",
             "|---|---|---|"]  # fmt: skip
    for who, rate in medians.items():
        times = "" if who[0] == "gluino" else f"{ours / rate:.2f}"
        lines.append(f"| {TITLES[who[0]]} {versions[who]} ({who[1]}) | {run.figure(rate)} | {times} |")
    print("\n".join(lines))
    if arguments.output:
        arguments.output.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
