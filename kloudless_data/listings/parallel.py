"""Independent requests, several at a time, and what becomes of those that fail."""

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
_MAX_WORKERS = 8  # as for `read_events`: of one server nobody should ask more at a time
_WAITING = 64  # jobs handed to the workers ahead of the one that is waited for
T = TypeVar("T")
R = TypeVar("R")


def in_parallel(
    work: Callable[[T], R], jobs: Iterable[T]
) -> Iterator[tuple[T, R | KloudlessException]]:
    """Do independent requests several at a time.

    Parameters
    ----------
    work : callable
        Makes one job's requests.
    jobs : iterable

    Yields
    ------
    tuple
        Each job with its result or with the exception that ended it, in the order of the jobs.
        A failed request keeps none of the others from being made; whatever is no
        `KloudlessException` is a defect, and is raised.
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
        except BaseException:  # Ctrl-C, or nobody wants the rest: end the requests at once
            pool.shutdown(wait=False, cancel_futures=True)
            cancellation.cancel()
            raise


def _outcome(future: Future[R]) -> R | KloudlessException:
    try:
        return future.result()
    except KloudlessException as error:
        return error


def check_on_error(on_error: str) -> None:
    """Refuse what is neither ``"raise"`` nor ``"collect"``, before anything is requested."""
    if on_error not in ("raise", "collect"):
        raise InvalidParameter(f"on_error is 'raise' or 'collect', not {on_error!r}.")


def settled(
    frame: pd.DataFrame, failures: Mapping[str, KloudlessException], jobs: int, on_error: OnError
) -> pd.DataFrame:
    """Return a listing whose requests have all been made, or say which of them failed.

    Parameters
    ----------
    frame : pandas.DataFrame
        The rows that could be read.
    failures : mapping of str to KloudlessException
        By what was asked for.
    jobs : int
        How many were asked for. The failure of the only one is raised as it is.
    on_error : {"raise", "collect"}
        ``"collect"`` notes the failures' messages in ``frame.attrs["failures"]``.
    """
    if not failures:
        return frame
    if jobs == 1:
        raise next(iter(failures.values()))
    if on_error == "raise":
        raise ListingIncomplete(failures, frame)
    # Texts and not exceptions: pandas writes attrs into Parquet files as JSON.
    frame.attrs["failures"] = {name: failure.message for name, failure in failures.items()}
    name, failure = next(iter(failures.items()))
    logger.warning(
        "%d of the lists that make up the listing could not be read, such as %s: %s",
        len(failures), one_line(name), one_line(failure.message),
    )  # fmt: skip
    return frame
