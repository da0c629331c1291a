"""What Estimator and its handlers share."""
from ....metric import CompositeEvalMetric, EvalMetric


def _check_metrics(metrics):
    """A list of metrics of one, a list or a composite of them."""
    if isinstance(metrics, CompositeEvalMetric):
        return [single for metric in metrics.metrics for single in _check_metrics(metric)]
    if isinstance(metrics, EvalMetric):
        return [metrics]
    metrics = metrics or []
    if not isinstance(metrics, list) or not all(isinstance(m, EvalMetric) for m in metrics):
        raise ValueError(f'metrics: expected an EvalMetric, or a list of them, got {metrics!r}')
    return metrics


def _check_handlers(handlers, kinds):
    """A list of handlers; ValueError unless each is one of `kinds`."""
    if handlers is None:
        return []
    handlers = list(handlers) if isinstance(handlers, (list, tuple)) else [handlers]
    for handler in handlers:
        if not isinstance(handler, kinds):
            raise ValueError('event_handlers: expected an object of a class of event_handler, or a '
                             f'list of them, got {handler!r}')
    return handlers


def _figures(metrics):
    """The metrics as a log line has them."""
    return ', '.join('%s: %.4f' % metric.get() for metric in metrics)
