"""Data sets, samplers, and the loader that makes batches of them."""
from . import batchify, dataloader, dataset, sampler, vision
from .dataset import ArrayDataset, Dataset, RecordFileDataset, SimpleDataset
from .sampler import (BatchSampler, FilterSampler, IntervalSampler, RandomSampler, Sampler,
                      SequentialSampler)
from .dataloader import DataLoader
