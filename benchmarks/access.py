"""Reading who can see what: requests against the least possible, time against bare requests.

``python -m benchmarks access``: 1,000 users with 1,000 items each, about ten minutes.
``python -m benchmarks access_time``: only the time against bare requests, for a twentieth of that,
three times, in about two minutes. On a busy machine the processor time is more reliable.
"""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests

from .report import Goal, Report

__all__ = ["run"]

_WORKERS = 8  # as many as the package has
_SAMPLE = 20_000  # requests made bare, evenly drawn from all


def run(quick: bool = False) -> Report:
    """Measure a snapshot, the same requests made bare, questions, and an update a day later."""
    people, items = (20, 1_000) if quick else (1_000, 1_000_000)
    report = Report(
        "access", f"{people:,} users and {items:,} items; the server is on the same machine."
    )
    company = {"seed": 7, "people": people, "items": items, "days": 1, "changes": people}
    with tempfile.TemporaryDirectory() as folder, _serve(company) as server:
        path = str(Path(folder) / "access")
        read = _in_a_process("snapshot", path, server)
        asked = server.log(Path(folder) / "asked.json")
        bare = _bare(server, asked)
        told = server.ask("least")
        questions = _in_a_process("questions", path, server)
        server.ask("advance")
        update = _in_a_process("update", path, server)
    ratio = read["seconds"] / bare
    surplus = len(asked) / told["least"]
    report.add(
        "requests of a snapshot",
        len(asked),
        "requests",
        f"{1000 * len(asked) / items:.1f} per 1,000 items; {told['least']:,} at least",
    )
    report.add("snapshot", read["seconds"], "s", f"the same requests made bare: {bare:.1f} s")
    report.add(
        "processor time of the snapshot",
        1000 * read["cpu"] / len(asked),
        "ms a request",
        "of the client, of which there is one thread's worth at a time",
    )
    report.add("peak memory of the snapshot", read["peak"] / 1e6, "MB")
    report.add("opening the snapshot for questions", questions["open"], "s")
    report.add("who_can_see of one item", questions["who"], "s", "median of 50 items")
    report.add("peak memory of the questions", questions["peak"] / 1e6, "MB")
    report.add(
        "requests of an update after a day",
        update["requests"],
        "requests",
        f"{update['touched']:,} items and groups were touched",
    )
    share = update["requests"] / max(1, update["touched"])
    peak = max(read["peak"], questions["peak"]) / 1e6
    report.goals = [
        Goal("requests against the least possible", surplus, 1.05),
        Goal("time against bare requests", ratio, 1.3),
        Goal("who_can_see of one item", questions["who"], 0.2, unit=" s"),
        Goal("peak memory", peak, 500, unit=" MB"),
        Goal("update: requests a touched item", share, 1.2),
    ]
    return report


class _Server:
    """The sandbox in its own process, which obeys lines on standard input."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        known = self._answer()
        self.base_url, self.token = known["base_url"], known["token"]

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())

    def ask(self, line: str) -> Any:
        assert self._process.stdin is not None
        print(line, file=self._process.stdin, flush=True)
        return self._answer()

    def log(self, path: Path) -> list[tuple[str, str]]:
        """Return the URLs requested so far, and the user that each acted as."""
        self.ask(f"log {path}")
        return [(url, user) for url, user in json.loads(path.read_text())]


@contextlib.contextmanager
def _serve(company: dict[str, Any]) -> Iterator[_Server]:
    command = [sys.executable, "-m", "benchmarks.access", "serve", json.dumps(company)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield _Server(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()


def _bare(server: _Server, asked: list[tuple[str, str]]) -> float:
    """Return the seconds that the same requests take with next to nothing around them."""
    own = threading.local()
    drawn = asked[:: max(1, len(asked) // _SAMPLE)]

    def get(job: tuple[str, str]) -> int:
        if not hasattr(own, "session"):
            own.session = requests.Session()
            own.session.headers["Authorization"] = f"Bearer {server.token}"
        url, user = job
        headers = {"X-Kloudless-As-User": user} if user else {}
        if "/contents" in url:
            headers["X-Kloudless-Raw-Data"] = "true"
        return len(own.session.get(f"{server.base_url}{url}", headers=headers).content)

    began = time.perf_counter()
    with ThreadPoolExecutor(_WORKERS) as pool:
        for _ in pool.map(get, drawn, chunksize=1):
            pass
    return (time.perf_counter() - began) * len(asked) / len(drawn)


def _in_a_process(what: str, path: str, server: _Server) -> Any:
    given = json.dumps({"path": path, "base_url": server.base_url, "token": server.token})
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.access", what, given],
        check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    print(f"{what}: {done.stdout.strip()}", file=sys.stderr)  # a long run shows where it is
    return json.loads(done.stdout)


def _peak() -> int:
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    match = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(match[1]) * 1024 if match else 0


def _serving(company: dict[str, Any]) -> None:
    """Serve until standard input ends; each line is a command."""
    from kloudless_data.sandbox import Company, Sandbox
    from kloudless_data.sandbox.api.server import Hook

    asked: list[tuple[str, str]] = []

    class Log(Hook):
        async def before(self, request: Any) -> None:
            query = f"?{request.url.query}" if request.url.query else ""
            user = request.headers.get("x-kloudless-as-user", "")
            asked.append((request.url.path + query, user))

    made = Company(**company)
    with Sandbox(accounts=1, events=0, organisations=[made]) as sandbox:
        sandbox.hooks.append(Log())
        admin = sandbox.accounts[-1]
        made.attach(admin.id)
        print(json.dumps({"base_url": sandbox.base_url, "token": admin.token}), flush=True)
        for line in sys.stdin:
            word, _, rest = line.strip().partition(" ")
            answer: dict[str, Any] = {}
            if word == "log":
                Path(rest).write_text(json.dumps(asked))
            elif word == "advance":
                sandbox.clock.advance(hours=23)
            elif word == "least":
                answer["least"] = _least(made)
            print(json.dumps(answer), flush=True)


def _least(company: Any) -> int:
    """Return the least number of requests possible, by what the sandbox knows.

    A page of users and one of groups, the members of each group, the root folder and the links of
    each user, the contents of each readable folder in pages of 1,000, and the permissions of each
    item that has its own.
    """
    tree, staff, rights = company.tree, company.staff, company.rights
    hidden = staff.unreadable | staff.departed
    users = len(staff.people) - len(staff.departed)
    seen = [s for s in range(len(tree)) if tree.owner(s) not in hidden]
    folders = sum(1 + max(0, len(tree.children(s)) - 1) // 1_000 for s in seen if tree.is_folder(s))
    shared = sum(1 for s in seen if rights.grants.get(s))
    return -(-users // 1_000) + 1 + len(staff.groups) + 2 * users + folders + shared


def _reading(what: str, given: dict[str, str]) -> dict[str, Any]:
    from kloudless_data import Account
    from kloudless_data.access import Access

    access = Access(given["path"])
    account = Account(token=given["token"], base_url=given["base_url"])
    began, used = time.perf_counter(), time.process_time()
    if what == "questions":
        return _questions(access, began)
    report = access.snapshot(account) if what == "snapshot" else access.update(account)
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "cpu": time.process_time() - used, "requests": report.requests,
            "touched": report.touched, "peak": _peak()}  # fmt: skip


def _questions(access: Any, began: float) -> dict[str, Any]:
    import statistics

    picture = access.picture()
    opened = time.perf_counter() - began
    ids = picture.connection.execute("select id from items using sample 50 rows").fetchall()
    taken = []
    for (identifier,) in ids:
        began = time.perf_counter()
        access.who_can_see(identifier)
        taken.append(time.perf_counter() - began)
    return {"open": opened, "who": statistics.median(taken), "peak": _peak()}


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        _serving(json.loads(sys.argv[2]))
    else:
        print(json.dumps(_reading(sys.argv[1], json.loads(sys.argv[2]))))
