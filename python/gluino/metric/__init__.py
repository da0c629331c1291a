"""How good a network's outputs are, summed up batch by batch: `mx.metric.create('acc')`."""
from .. import ndarray  # noqa: F401  (MXNet's module has this name, and programs import it here)
from .base import (CompositeEvalMetric, EvalMetric, alias, check_label_shapes, create, register)
from .classification import (F1, MCC, PCC, Accuracy, BinaryAccuracy, CrossEntropy, Fbeta,
                             NegativeLogLikelihood, Perplexity, TopKAccuracy)
from .custom import Caffe, CustomMetric, Loss, Torch, np
from .regression import (MAE, MSE, RMSE, MeanCosineSimilarity, MeanPairwiseDistance,
                         PearsonCorrelation)

__all__ = ["Accuracy", "BinaryAccuracy", "Caffe", "CompositeEvalMetric", "CrossEntropy",
           "CustomMetric", "EvalMetric", "F1", "Fbeta", "Loss", "MAE", "MCC", "MSE",
           "MeanCosineSimilarity", "MeanPairwiseDistance", "NegativeLogLikelihood", "PCC",
           "PearsonCorrelation", "Perplexity", "RMSE", "Torch", "TopKAccuracy", "alias",
           "check_label_shapes", "create", "np", "register"]
