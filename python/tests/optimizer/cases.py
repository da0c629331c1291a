"""Trainings of a few steps whose weights MXNet 1.9.1 computed, too: numbers.json.

Run with an MXNet 1.9.1, `python cases.py`, to renew that file.
"""
import itertools
import json
import pathlib

import numpy as np

NUMBERS = pathlib.Path(__file__).with_name('numbers.json')

CASES = [
    ('sgd', {}), ('sgd', {'momentum': 0.9}), ('ccsgd', {'momentum': 0.5}),
    ('nag', {}), ('nag', {'momentum': 0.9}),
    ('signum', {}), ('signum', {'momentum': 0.0}), ('signum', {'wd_lh': 0.1}),
    ('ftml', {'learning_rate': 0.1}), ('dcasgd', {}), ('sgld', {}),
    ('adam', {}), ('adam', {'learning_rate': 0.1, 'beta1': 0.5, 'epsilon': 0.1}),
    ('adamax', {}), ('nadam', {'learning_rate': 0.1}),
    ('adagrad', {}), ('adadelta', {}), ('rmsprop', {}),
    ('rmsprop', {'centered': True, 'clip_weights': 1.0}),
    ('ftrl', {}), ('ftrl', {'lamda1': 1.0, 'beta': 0.5}),
    ('lamb', {'learning_rate': 0.1}),
    ('lamb', {'lower_bound': 0.5, 'upper_bound': 1.0, 'bias_correction': False}),
    ('lars', {}), ('lars', {'momentum': 0.9, 'eta': 0.1, 'eps': 1e-3}),
    ('lars', {'momentum': 0.9, 'param_idx2name': {0: 'fc_bias'}}),
    ('lbsgd', {}), ('lbsgd', {'momentum': 0.9, 'warmup_strategy': 'lars'}),
    ('lbsgd', {'momentum': 0.9, 'warmup_strategy': 'power2', 'batch_scale': 2,
               'updates_per_epoch': 2, 'warmup_epochs': 2}),
    ('lbsgd', {'warmup_strategy': 'sqrt', 'batch_scale': 2, 'updates_per_epoch': 3,
               'warmup_epochs': 2}),
    ('groupadagrad', {}), ('test', {}),
]


def trained(mx, name, options, clip, steps=5):
    """The weight after some steps against gradients that are the same in every run."""
    mx.random.seed(7)
    draw = np.random.RandomState(3)
    weight = mx.nd.array(draw.randn(3, 4))
    optimizer = mx.optimizer.create(name, wd=0.0 if name == 'groupadagrad' else 0.01,
                                    rescale_grad=0.5, clip_gradient=clip, **options)
    updater = mx.optimizer.get_updater(optimizer)
    for _ in range(steps):
        updater(0, mx.nd.array(draw.randn(3, 4) * 2), weight)
    return weight.asnumpy().ravel()


def all_cases():
    """(key, name, options, clip) of each."""
    for (name, options), clip in itertools.product(CASES, (None, 0.4)):
        yield f'{name} {json.dumps(options)} {clip}', name, options, clip


if __name__ == '__main__':
    import mxnet
    NUMBERS.write_text('{\n' + ',\n'.join(
        json.dumps(key) + ': ' + json.dumps([float(f'{x:.7g}') for x in trained(mxnet, *case)])
        for key, *case in all_cases()) + '\n}\n')
