"""Learning rates that change while training: called with the number of updates made so far, a
scheduler gives the rate of the next."""
import logging
import math

__all__ = ["LRScheduler", "FactorScheduler", "MultiFactorScheduler", "PolyScheduler",
           "CosineScheduler"]


class LRScheduler:
    """What schedulers derive from; they override `__call__`.

    Parameters
    ----------
    base_lr : the rate after the warm-up. An optimizer that is given a learning rate besides its
        scheduler sets it.
    warmup_steps : how many updates the warm-up takes, a whole number of at least 0.
    warmup_begin_lr : the rate of the first update, at most `base_lr`.
    warmup_mode : "linear", from `warmup_begin_lr` to `base_lr`, or "constant", `warmup_begin_lr`.

    Wrong numbers are a ValueError.
    """

    def __init__(self, base_lr=0.01, warmup_steps=0, warmup_begin_lr=0, warmup_mode='linear'):
        assert isinstance(warmup_steps, int), (
            f"warmup_steps: expected a whole number, got {warmup_steps!r}")
        if warmup_steps < 0:
            raise ValueError(f"warmup_steps: expected at least 0, got {warmup_steps}")
        if warmup_begin_lr > base_lr:
            raise ValueError(f"warmup_begin_lr: expected at most base_lr, {base_lr}, got "
                             f"{warmup_begin_lr}")
        if warmup_mode not in ('linear', 'constant'):
            raise ValueError(f"warmup_mode: expected linear or constant, got {warmup_mode!r}")
        self.base_lr = base_lr
        self.warmup_steps = warmup_steps
        self.warmup_final_lr = base_lr
        self.warmup_begin_lr = warmup_begin_lr
        self.warmup_mode = warmup_mode

    def get_warmup_lr(self, num_update):
        """The rate of an update within the warm-up."""
        assert num_update < self.warmup_steps, (
            f"update {num_update} lies beyond the {self.warmup_steps} steps of the warm-up")
        if self.warmup_mode == 'constant':
            return self.warmup_begin_lr
        rise = self.warmup_final_lr - self.warmup_begin_lr
        return self.warmup_begin_lr + rise * num_update / self.warmup_steps

    def __call__(self, num_update):
        """The rate when `num_update` updates have been made of the weight updated most."""
        raise NotImplementedError(f"{type(self).__name__} does not say how the rate changes: "
                                  "override __call__")


def _check_factor(factor):
    if factor > 1:
        raise ValueError(f"factor: expected at most 1, so that the rate falls, got {factor}")


def _check_max_update(max_update):
    assert isinstance(max_update, int), (
        f"max_update: expected a whole number, got {max_update!r}")
    if max_update < 1:
        raise ValueError(f"max_update: expected at least 1, got {max_update}")


class FactorScheduler(LRScheduler):
    """Multiplies the rate by `factor` after every `step` updates, down to `stop_factor_lr`."""

    def __init__(self, step, factor=1, stop_factor_lr=1e-8, base_lr=0.01, warmup_steps=0,
                 warmup_begin_lr=0, warmup_mode='linear'):
        super().__init__(base_lr, warmup_steps, warmup_begin_lr, warmup_mode)
        if step < 1:
            raise ValueError(f"step: expected at least 1, got {step}")
        _check_factor(factor)
        self.step = step
        self.factor = factor
        self.stop_factor_lr = stop_factor_lr
        self.count = 0

    def __call__(self, num_update):
        if num_update < self.warmup_steps:
            return self.get_warmup_lr(num_update)
        # A count may have gone up by many steps when training is taken up again.
        while num_update > self.count + self.step:
            self.count += self.step
            self.base_lr *= self.factor
            if self.base_lr < self.stop_factor_lr:
                self.base_lr = self.stop_factor_lr
                logging.info("Update[%d]: the learning rate stays at %0.5e from here on",
                             num_update, self.base_lr)
            else:
                logging.info("Update[%d]: Change learning rate to %0.5e", num_update,
                             self.base_lr)
        return self.base_lr


class MultiFactorScheduler(LRScheduler):
    """Multiplies the rate by `factor` after each of the updates listed in `step`, which grow."""

    def __init__(self, step, factor=1, base_lr=0.01, warmup_steps=0, warmup_begin_lr=0,
                 warmup_mode='linear'):
        super().__init__(base_lr, warmup_steps, warmup_begin_lr, warmup_mode)
        assert isinstance(step, list) and step, (
            f"step: expected a list of at least one number of updates, got {step!r}")
        for before, each in zip([0] + step, step):
            if each < 1:
                raise ValueError(f"step: expected numbers of at least 1, got {each}")
            if each <= before:
                raise ValueError(f"step: expected growing numbers, got {each} after {before}")
        _check_factor(factor)
        self.step = step
        self.cur_step_ind = 0
        self.factor = factor
        self.count = 0

    def __call__(self, num_update):
        if num_update < self.warmup_steps:
            return self.get_warmup_lr(num_update)
        while self.cur_step_ind < len(self.step) and num_update > self.step[self.cur_step_ind]:
            self.count = self.step[self.cur_step_ind]
            self.cur_step_ind += 1
            self.base_lr *= self.factor
            logging.info("Update[%d]: Change learning rate to %0.5e", num_update, self.base_lr)
        return self.base_lr


class _Falling(LRScheduler):
    """From the base rate after the warm-up to `final_lr` at `max_update`, where it stays."""

    def __init__(self, max_update, base_lr, final_lr, *warmup):
        super().__init__(base_lr, *warmup)
        _check_max_update(max_update)
        self.base_lr_orig = base_lr
        self.max_update = max_update
        self.final_lr = final_lr
        self.max_steps = max_update - self.warmup_steps

    def _share(self, progress):
        """How much of the way from final_lr to the base rate is left at `progress`, 0 to 1."""
        raise NotImplementedError

    def __call__(self, num_update):
        if num_update < self.warmup_steps:
            return self.get_warmup_lr(num_update)
        if num_update <= self.max_update:
            done = num_update - self.warmup_steps
            progress = done / self.max_steps if self.max_steps > 0 else 1
            self.base_lr = (self.final_lr +
                            (self.base_lr_orig - self.final_lr) * self._share(progress))
        return self.base_lr


class PolyScheduler(_Falling):
    """final_lr + (base_lr - final_lr) * (1 - t)^pwr, where t goes from 0 after the warm-up to 1 at
    `max_update` and stays there."""

    def __init__(self, max_update, base_lr=0.01, pwr=2, final_lr=0, warmup_steps=0,
                 warmup_begin_lr=0, warmup_mode='linear'):
        super().__init__(max_update, base_lr, final_lr, warmup_steps, warmup_begin_lr,
                         warmup_mode)
        self.power = pwr

    def _share(self, progress):
        return pow(1 - progress, self.power)


class CosineScheduler(_Falling):
    """final_lr + (base_lr - final_lr) * (1 + cos(pi * t)) / 2, with t as in PolyScheduler."""

    def __init__(self, max_update, base_lr=0.01, final_lr=0, warmup_steps=0, warmup_begin_lr=0,
                 warmup_mode='linear'):
        super().__init__(max_update, base_lr, final_lr, warmup_steps, warmup_begin_lr,
                         warmup_mode)

    def _share(self, progress):
        return (1 + math.cos(math.pi * progress)) / 2
