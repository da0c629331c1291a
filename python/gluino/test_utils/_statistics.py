"""Whether random numbers are distributed as they should be."""

import math

import numpy as np


def _numbers(generator, count):
    samples = generator(count)
    return np.asarray(samples.asnumpy() if hasattr(samples, "asnumpy") else samples).reshape(-1)


def _above_chi_square(value, freedom):
    """The probability that a chi-square variable is above `value`: the regularised incomplete gamma
    function Q(freedom / 2, value / 2), by its series below the mean and its continued fraction
    above (Abramowitz and Stegun, 6.5.29 and 6.5.31)."""
    a, x = freedom / 2, value / 2
    if x <= 0:
        return 1.0
    scale = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        n = a
        while term > total * 1e-16:
            n += 1
            term *= x / n
            total += term
        return 1 - total * scale
    tiny = 1e-300
    b = x + 1 - a
    c, d = 1 / tiny, 1 / b
    fraction = d
    for i in range(1, 10000):
        factor = -i * (i - a)
        b += 2
        d = 1 / (factor * d + b or tiny)
        c = b + factor / c or tiny
        fraction *= c * d
        if abs(c * d - 1) < 1e-16:
            break
    return fraction * scale


def gen_buckets_probs_with_ppf(ppf, nbuckets):
    """Ranges between numbers that are as likely as each other, by the inverse `ppf` of a
    distribution, and their probabilities."""
    step = 1.0 / nbuckets
    buckets = [(ppf(i * step), ppf((i + 1) * step)) for i in range(nbuckets)]
    return buckets, [step] * nbuckets


def chi_square_check(generator, buckets, probs, nsamples=1000000):
    """How likely numbers would be as far from a distribution as those that ``generator(n)`` gives.

    `buckets` are ranges (low, high) of them, or single values, `probs` their probabilities. Returns
    the p-value, the counts, and the counts expected.
    """
    if not buckets:
        raise ValueError("buckets: expected at least one, got none")
    samples = _numbers(generator, nsamples)
    expected = np.array([nsamples * p for p in probs], dtype=np.float64)
    if isinstance(buckets[0], (list, tuple)):
        edges = [low for low, _ in buckets] + [buckets[-1][1]]
        for (_, high), (low, _) in zip(buckets, buckets[1:]):
            if high != low:
                raise ValueError("buckets: expected ranges that follow on each other, got "
                                 f"{low} after {high}")
        inside = samples[(samples >= edges[0]) & (samples < edges[-1])]
        counts = np.bincount(np.searchsorted(edges[1:-1], inside, side="right"),
                             minlength=len(buckets))
    else:
        counts = np.array([np.count_nonzero(samples == value) for value in buckets])
    seen = expected > 0
    distance = float(np.sum((counts[seen] - expected[seen]) ** 2 / expected[seen]))
    return _above_chi_square(distance, len(counts) - 1), counts, expected


def verify_generator(generator, buckets, probs, nsamples=1000000, nrepeat=5, success_rate=0.2,
                     alpha=0.05):
    """Raises AssertionError unless the share `success_rate` of `nrepeat` chi-square tests gives a
    p-value above `alpha`; see chi_square_check. Returns the p-values."""
    results = [chi_square_check(generator, buckets, probs, nsamples) for _ in range(nrepeat)]
    p_values = [p for p, _, _ in results]
    passed = sum(p > alpha for p in p_values)
    if passed < nrepeat * success_rate:
        raise AssertionError(f"the generator fails the chi-square test: p-values {p_values}, "
                             f"buckets {buckets}, counts {results[-1][1]}, "
                             f"expected {results[-1][2]}")
    return p_values


def mean_check(generator, mu, sigma, nsamples=1000000):
    """Whether the mean of numbers is `mu` within three of its standard errors, as numbers of the
    deviation `sigma` have it."""
    mean = _numbers(generator, nsamples).mean()
    return bool(abs(mean - mu) < 3 * sigma / math.sqrt(nsamples))


def var_check(generator, sigma, nsamples=1000000):
    """Whether the variance of numbers is ``sigma ** 2`` within three of its standard errors."""
    variance = _numbers(generator, nsamples).var(ddof=1)
    return bool(abs(variance / sigma ** 2 - 1) < 3 * math.sqrt(2.0 / (nsamples - 1)))
