"""Spread work over the workers of an executor, in order and with a bounded number ahead."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from itertools import islice
from typing import Any, TypeVar

from ..exceptions import InvalidParameter

__all__ = ["executor_of", "in_order", "processors"]

T = TypeVar("T")
R = TypeVar("R")


def executor_of(executor: Any) -> Executor:
    """Return an executor as `concurrent.futures` has it.

    Parameters
    ----------
    executor : concurrent.futures.Executor or distributed.Client

    Raises
    ------
    InvalidParameter
        It is neither.
    """
    if isinstance(executor, Executor):
        return executor
    if hasattr(executor, "get_executor"):  # a distributed.Client
        found: Executor = executor.get_executor(pure=False)
        return found
    raise InvalidParameter(
        "executor is a concurrent.futures.Executor, such as ProcessPoolExecutor(), or a "
        f"distributed.Client, not {type(executor).__name__}."
    )


def processors() -> int:
    """Return the number of processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows
        return os.cpu_count() or 1


def in_order(
    executor: Executor, work: Callable[[T], R], jobs: Iterable[T], ahead: int
) -> Iterator[tuple[T, R]]:
    """Do jobs on an executor; yield each with its result, in their order.

    Parameters
    ----------
    executor : concurrent.futures.Executor
    work : callable
        Does a job. For other processes it must be a module's own function.
    jobs : iterable
        Drawn as results are taken.
    ahead : int
        How many jobs, or results, may wait.

    Examples
    --------
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> with ThreadPoolExecutor(2) as executor:
    ...     list(in_order(executor, len, ["a", "", "bcd"], ahead=2))
    [('a', 1), ('', 0), ('bcd', 3)]
    """
    coming = iter(jobs)
    under_way: deque[tuple[T, Future[Any]]] = deque()
    try:
        under_way.extend((job, executor.submit(work, job)) for job in islice(coming, ahead))
        while under_way:
            job, future = under_way.popleft()
            result = future.result()
            under_way.extend((job, executor.submit(work, job)) for job in islice(coming, 1))
            yield job, result
    finally:
        for _, future in under_way:
            future.cancel()
