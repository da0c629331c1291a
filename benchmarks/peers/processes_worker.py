"""One of several processes that train LeNet together, of one thread each (processes.py starts them).

    processes_worker.py gluino|ddp|horovod WAY STEPS

Each takes batches of its own. Worker 0 prints a line of JSON: its loss after some steps, by which
libraries are compared, and the samples a second of all workers.
"""

import atexit
import json
import os
import sys
import time

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "GLUINO_NUM_THREADS"):
    os.environ[variable] = "1"

import problems  # noqa: E402

WARM = 10


def gluino():
    import gluino as mx
    import mxnet_peer

    store = mx.kv.create("dist_sync")
    return mxnet_peer.Library("gluino", store, store.num_workers), store.rank, store.num_workers


def ddp():
    import torch.distributed
    import torch_peer

    torch.distributed.init_process_group("gloo")
    # Else its threads may end the process with an error.
    atexit.register(torch.distributed.destroy_process_group)
    library = torch_peer.Library(1, torch.nn.parallel.DistributedDataParallel)
    return library, torch.distributed.get_rank(), torch.distributed.get_world_size()


def horovod():
    import horovod.torch as hvd
    import torch_peer

    hvd.init()

    def of_optimizer(optimizer, net):
        hvd.broadcast_parameters(net.state_dict(), root_rank=0)
        return hvd.DistributedOptimizer(optimizer, named_parameters=net.named_parameters())

    return torch_peer.Library(1, of_optimizer=of_optimizer), hvd.rank(), hvd.size()


def main():
    library, rank, workers = {"gluino": gluino, "ddp": ddp, "horovod": horovod}[sys.argv[1]]()
    case = next(case for case in problems.cases() if case.name.startswith("LeNet training"))
    step, tell = library.ways(case)[sys.argv[2]]()
    for i in range(WARM):
        step(i * workers + rank)
    numbers = [float(value) for value in tell()]
    # All must make as many.
    steps, begin = int(sys.argv[3]), time.perf_counter()
    for i in range(steps):
        step(i * workers + rank)
    library.sync()
    spent = time.perf_counter() - begin
    if rank == 0:
        print(json.dumps({"version": library.version(), "numbers": numbers,
                          "steps a second": steps / spent,
                          "rate": workers * case.batch * steps / spent}), flush=True)


main()
