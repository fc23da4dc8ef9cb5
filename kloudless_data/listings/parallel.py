"""Run independent requests in parallel, and handle those that fail."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

from ..exceptions import InvalidParameter, KloudlessException, ListingIncomplete
from ..http.cancellation import Cancellation
from ..util import logger, one_line

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["OnError", "check_on_error", "in_parallel", "settled"]

OnError: TypeAlias = Literal["raise", "collect"]
_MAX_WORKERS = 8  # as for `read_events`: enough load for one server
_WAITING = 64  # jobs submitted ahead of the one awaited
T = TypeVar("T")
R = TypeVar("R")


def in_parallel(
    work: Callable[[T], R], jobs: Iterable[T]
) -> Iterator[tuple[T, R | KloudlessException]]:
    """Run independent requests in parallel.

    Parameters
    ----------
    work : callable
        Sends one job's requests.
    jobs : iterable

    Yields
    ------
    tuple
        Each job with its result or the exception that ended it, in the order of the jobs. A failed
        request does not stop the others. Anything but a `KloudlessException` is a bug and is
        raised.
    """
    cancellation = Cancellation()

    def run(job: T) -> R:
        with cancellation.active():
            return work(job)

    coming = iter(jobs)
    under_way: deque[tuple[T, Future[R]]] = deque()
    with ThreadPoolExecutor(_MAX_WORKERS, "kloudless-data") as pool:
        try:
            under_way.extend((job, pool.submit(run, job)) for job in islice(coming, _WAITING))
            while under_way:
                job, future = under_way.popleft()
                result = _outcome(future)
                under_way.extend((job, pool.submit(run, job)) for job in islice(coming, 1))
                yield job, result
        except BaseException:  # Ctrl-C, or the rest is not needed: end the requests immediately
            pool.shutdown(wait=False, cancel_futures=True)
            cancellation.cancel()
            raise


def _outcome(future: Future[R]) -> R | KloudlessException:
    try:
        return future.result()
    except KloudlessException as error:
        return error


def check_on_error(on_error: str) -> None:
    """Reject anything but ``"raise"`` and ``"collect"`` before sending a request."""
    if on_error not in ("raise", "collect"):
        raise InvalidParameter(
            f"must be 'raise' or 'collect', not {on_error!r}.", parameter="on_error"
        )


def settled(
    frame: pd.DataFrame, failures: Mapping[str, KloudlessException], jobs: int, on_error: OnError
) -> pd.DataFrame:
    """Return a listing whose requests are all done, or report which of them failed.

    Parameters
    ----------
    frame : pandas.DataFrame
        The rows that could be read.
    failures : mapping of str to KloudlessException
        By the requested object.
    jobs : int
        The number of requests. The failure of an only request is raised unchanged.
    on_error : {"raise", "collect"}
        ``"collect"`` records the failures' messages in ``frame.attrs["failures"]``.
    """
    if not failures:
        return frame
    if jobs == 1:
        raise next(iter(failures.values()))
    if on_error == "raise":
        raise ListingIncomplete(failures, frame)
    # Text, not exceptions: pandas writes attrs into Parquet files as JSON.
    frame.attrs["failures"] = {name: failure.record for name, failure in failures.items()}
    name, failure = next(iter(failures.items()))
    logger.warning(
        "%d of the lists behind this listing could not be read, such as %s: %s",
        len(failures), one_line(name), one_line(failure.record),
    )  # fmt: skip
    return frame
