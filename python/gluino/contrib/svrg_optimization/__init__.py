"""Stochastic variance-reduced gradients (Johnson and Zhang, 2013): a module that trains by them."""
from . import svrg_module, svrg_optimizer
from .svrg_module import SVRGModule
