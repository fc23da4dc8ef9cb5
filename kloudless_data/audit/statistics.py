"""How unusual a number is, judged by a person's own history with robust methods.

Sources
-------
- Median and median absolute deviation (MAD) as location and scale that outliers do not move:
  Rousseeuw and Croux, "Alternatives to the Median Absolute Deviation", JASA 88 (1993); 1.4826 times
  the MAD estimates a normal distribution's standard deviation.
- Few observations: the scale is shrunk towards the organisation's as by a prior of so many
  observations (empirical Bayes, as in Smyth, "Linear models and empirical Bayes methods", SAGMB 3
  (2004)), and the tail is Student's with as many degrees of freedom.
- Counts: the tail of a negative binomial, a Poisson distribution whose rate varies from day to day.
- Many tests: Benjamini and Hochberg, "Controlling the false discovery rate", JRSS B 57 (1995).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["adjusted", "count_tail", "tail_of_logs"]

Floats = npt.NDArray[np.float64]

_NORMAL = 1.4826
#: The least scale on the log axis: sizes that differ by half are never strange.
_LEAST_SCALE = 0.4


def tail_of_logs(
    sizes: Floats, groups: npt.NDArray[np.int64], prior: int = 8
) -> tuple[Floats, Floats]:
    """Return how likely each size is, or a larger one, in the history of its group.

    Sizes are compared on a logarithmic scale. A group's median and MAD are of all its sizes, the
    one that is judged among them (a median hardly notices one), and both are shrunk towards those
    of all groups as by `prior` observations.

    Parameters
    ----------
    sizes : array of float
        At least 1.
    groups : array of int
        Whose each is, numbered from 0.
    prior : int
        How many observations the organisation's history is worth.

    Returns
    -------
    tuple of arrays of float
        The probabilities, and the sizes that are usual (the location, not a logarithm).

    Examples
    --------
    >>> import numpy as np
    >>> sizes = np.array([3, 4, 2, 3, 5, 3, 4, 200.0])
    >>> p, usual = tail_of_logs(sizes, np.zeros(8, dtype=int))
    >>> bool(p[-1] < 0.001), bool(p[0] > 0.1), float(usual[-1].round(1))
    (True, True, 3.5)
    """
    from scipy import stats

    if not sizes.size:
        return sizes, sizes
    logs = np.log(np.maximum(sizes, 1.0))
    location, scale, count = _group_statistics(logs, groups)
    everyone, spread = float(np.median(logs)), _spread(logs)
    weight = count / (count + prior)
    centre = weight * location + (1 - weight) * everyone
    width = np.sqrt(weight * scale**2 + (1 - weight) * spread**2)
    width = np.maximum(width, _LEAST_SCALE)
    # What a new observation deviates by has the location's own uncertainty in it.
    width = width * np.sqrt(1 + 1 / (count + prior))
    z = (logs - centre[groups]) / width[groups]
    probabilities: Floats = stats.t.sf(z, (count + prior - 1)[groups])
    return probabilities, np.exp(centre[groups])


def _spread(values: Floats) -> float:
    return float(_NORMAL * np.median(np.abs(values - np.median(values))))


def _group_statistics(logs: Floats, groups: npt.NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
    """Return each group's median, its MAD as a standard deviation, and how many values it has."""
    number = int(groups.max()) + 1 if groups.size else 0
    count = np.bincount(groups, minlength=number).astype(np.float64)
    location = _medians(logs, groups, count)
    scale = _NORMAL * _medians(np.abs(logs - location[groups]), groups, count)
    return location, scale, count


def _medians(values: Floats, groups: npt.NDArray[np.int64], count: Floats) -> Floats:
    """Return the median of each group; 0 for one without values."""
    order = np.lexsort((values, groups))
    ordered = values[order]
    start = np.concatenate([[0], np.cumsum(count)[:-1]]).astype(np.int64)
    size = count.astype(np.int64)
    low = np.minimum(start + np.maximum(size - 1, 0) // 2, max(len(values) - 1, 0))
    high = np.minimum(start + size // 2, max(len(values) - 1, 0))
    high = np.where(size > 0, np.minimum(high, start + size - 1), low)
    medians: Floats = (ordered[low] + ordered[high]) / 2
    return np.where(size > 0, medians, 0.0)


def count_tail(observed: Floats, expected: Floats, dispersion: float) -> Floats:
    """Return how likely a count is, or a higher one, of a negative binomial distribution.

    Parameters
    ----------
    observed, expected : array of float
    dispersion : float
        The variance is ``expected + dispersion * expected**2``; 0: a Poisson distribution.

    Examples
    --------
    >>> import numpy as np
    >>> count_tail(np.array([0.0, 20.0]), np.array([1.0, 1.0]), 0.5).round(4).tolist()
    [1.0, 0.0]
    """
    from scipy import stats

    if dispersion <= 0:
        poisson: Floats = stats.poisson.sf(observed - 1, expected)
        return poisson
    n = 1 / dispersion
    tail: Floats = stats.nbinom.sf(observed - 1, n, n / (n + expected))
    return tail


def adjusted(probabilities: Floats) -> Floats:
    """Return probabilities adjusted for being many (Benjamini and Hochberg).

    Examples
    --------
    >>> import numpy as np
    >>> adjusted(np.array([0.001, 0.5, 0.9])).round(3).tolist()
    [0.003, 0.75, 0.9]
    """
    from scipy import stats

    if not probabilities.size:
        return probabilities
    corrected: Floats = stats.false_discovery_control(probabilities, method="bh")
    return corrected
