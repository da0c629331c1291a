"""Data sets of pictures, and their transforms."""
from . import datasets, transforms
from .datasets import (CIFAR10, CIFAR100, MNIST, FashionMNIST, ImageFolderDataset,
                       ImageListDataset, ImageRecordDataset)
