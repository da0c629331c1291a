"""The events of a training."""


class EventHandler:
    """What all handlers are."""


class TrainBegin(EventHandler):
    """Hears of the beginning of a training."""

    def train_begin(self, estimator, *args, **kwargs):
        """Called before the first epoch."""


class TrainEnd(EventHandler):
    """Hears of the end of a training."""

    def train_end(self, estimator, *args, **kwargs):
        """Called after the last epoch."""


class EpochBegin(EventHandler):
    """Hears of the beginning of an epoch."""

    def epoch_begin(self, estimator, *args, **kwargs):
        """Called before the first batch of an epoch."""


class EpochEnd(EventHandler):
    """Hears of the end of an epoch."""

    def epoch_end(self, estimator, *args, **kwargs):
        """Called after the last batch of an epoch."""
        return False


class BatchBegin(EventHandler):
    """Hears of the beginning of a batch."""

    def batch_begin(self, estimator, *args, **kwargs):
        """Called with `batch`."""


class BatchEnd(EventHandler):
    """Hears of the end of a batch."""

    def batch_end(self, estimator, *args, **kwargs):
        """Called with `batch`, `pred`, `label` and `loss`, the last three lists with one entry per
        device."""
        return False
