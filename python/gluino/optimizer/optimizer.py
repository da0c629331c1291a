"""The optimizers, where MXNet's programs and files look for them."""
# Users' optimizers take these from here, too.
from ..base import py_str
from ..ndarray import NDArray, array, maximum, multiply, zeros
from ..ndarray.contrib import multi_lamb_update, multi_mp_lamb_update
from ..random import normal
from ..util import is_np_array
from .adagrad import AdaDelta, AdaGrad, Ftrl, RMSProp
from .adam import AdaBelief, Adam, Adamax, AdamW, FTML, Nadam
from .base import Optimizer, create, register
from .large_batch import LAMB, LANS, LARS, LBSGD
from .sgd import DCASGD, NAG, SGD, SGLD, Signum, Test, ccSGD
from .updater import Updater, get_updater

__all__ = ["AdaBelief", "AdaDelta", "AdaGrad", "Adam", "Adamax", "AdamW", "DCASGD", "FTML", "Ftrl",
           "LAMB", "LANS", "LARS", "LBSGD", "NAG", "Nadam", "Optimizer", "RMSProp", "SGD", "SGLD",
           "Signum", "Test", "Updater", "ccSGD", "create", "get_updater", "register"]
