"""What modules that programs write themselves take from ``mx.model`` and ``mx.executor_manager`` under
names with an underscore: a store for gradients, updates with and without it, parts of a batch.
"""

from .module.bound_executors import _split
from .module.updates import create_kvstore


def _create_kvstore(kvstore, num_device, arg_params):
    """``(store or None, whether it runs the optimizer)`` for a KVStore, its name or None."""
    return create_kvstore(kvstore, num_device, arg_params)


def _initialize_kvstore(kvstore, param_arrays, arg_params, param_names, update_on_kvstore):
    """Tells a store the values of ``arg_params``; one that runs the optimizer, or is shared by
    processes, gives them out into ``param_arrays``: for each parameter a list with one per context.
    """
    for i, (name, copies) in enumerate(zip(param_names, param_arrays)):
        kvstore.init(name, arg_params[name])
        # Rows of a sparse parameter are pulled when they are needed.
        if arg_params[name].stype == "default" and (update_on_kvstore or kvstore.num_workers > 1):
            kvstore.pull(name, copies, priority=-i)


def _update_params_on_kvstore(param_arrays, grad_arrays, kvstore, param_names):
    """Gives a store that runs the optimizer the gradients, and takes the new parameters."""
    for i, (name, copies, grads) in enumerate(zip(param_names, param_arrays, grad_arrays)):
        if grads[0] is not None:
            kvstore.push(name, grads, priority=-i)
            if grads[0].stype == copies[0].stype == "default":
                kvstore.pull(name, copies, priority=-i)


def _update_params(
    param_arrays, grad_arrays, updater, num_device, kvstore=None, param_names=None
):
    """Updates the parameters of all contexts, with gradients that a store, if there is one, sums
    before. The updater knows context ``k``'s copy of parameter ``i`` as ``i * num_device + k``.
    """
    trained = [
        (i, copies, grads)
        for i, (copies, grads) in enumerate(zip(param_arrays, grad_arrays))
        if grads[0] is not None
    ]
    if kvstore is not None:
        for i, _, grads in trained:
            kvstore.push(param_names[i], grads, priority=-i)
            kvstore.pull(param_names[i], grads, priority=-i, ignore_sparse=False)
    if trained:
        for k in range(num_device):
            updater(
                [i * num_device + k for i, _, _ in trained],
                [grads[k] for _, _, grads in trained],
                [copies[k] for _, copies, _ in trained],
            )


def _split_input_slice(batch_size, work_load_list):
    """Each context's slice of a batch, by its share of the work; ValueError if one gets nothing."""
    return _split(batch_size, work_load_list)
