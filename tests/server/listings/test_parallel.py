"""Parallel requests: their order, their limit, and their end."""

from __future__ import annotations

import threading

import pytest
from conftest import Answer

import kloudless_data as kd
from kloudless_data.exceptions import InvalidParameter
from kloudless_data.listings.parallel import in_parallel


def test_results_come_in_the_order_of_the_jobs_and_failures_beside_them():
    def work(job):
        if job % 3 == 0:
            raise InvalidParameter(str(job))
        return -job

    results = list(in_parallel(work, range(1, 200)))
    assert [job for job, _ in results] == list(range(1, 200))
    assert [r for job, r in results if job % 3] == [-j for j in range(1, 200) if j % 3]
    assert all(isinstance(r, InvalidParameter) for job, r in results if job % 3 == 0)


def test_a_bug_is_raised():
    def work(job):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(in_parallel(work, range(100)))


def test_jobs_are_taken_as_they_are_needed():
    taken = []

    def jobs():
        for job in range(10_000):
            taken.append(job)
            yield job

    results = in_parallel(lambda job: job, jobs())
    next(results)
    results.close()
    assert len(taken) < 100


def test_no_more_than_eight_at_a_time():
    lock, running, most = threading.Lock(), [0], [0]
    together = threading.Barrier(8)

    def work(job):
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        together.wait(timeout=20)  # passes only when eight are here
        with lock:
            running[0] -= 1

    results = [result for _, result in in_parallel(work, range(32))]
    assert results == [None] * 32
    assert most[0] == 8


def test_an_interruption_ends_requests_that_hang(serve):
    hanging, release, answered = threading.Semaphore(0), threading.Event(), []

    def answer(request):
        if not request.path.endswith("first"):
            hanging.release()
            release.wait(60)
            answered.append(request.path)
        return Answer()

    account = kd.Account(token="t0ken", base_url=serve(answer).base_url)
    results = in_parallel(account.get, ["first", "second", "third"])
    try:
        assert next(results)[0] == "first"
        hanging.acquire()
        hanging.acquire()
        results.close()
        assert answered == []
    finally:
        release.set()
