"""What people do on ordinary days: read, write, share, sync, log in and mistype.

Sources
-------
- People read files three to five times as often as they write them: Ramakrishnan et al., "Analysis
  of File I/O Traces in Commercial Computing Environments" (SIGMETRICS 1992).
- Sessions end in bursts: folders are downloaded and uploaded whole, with a heavy tail of numbers;
  clients of a shared folder fetch what others change: Gonçalves et al. (IEEE ICC 2014); Drago et
  al., "Inside Dropbox" (ACM IMC 2012).
- A tenth of documents is shared outside, a part of that by public links: Skyhigh Networks, Cloud
  Adoption & Risk Report (2015).
"""

from __future__ import annotations

import numpy as np

from .log import BIN, NEW, NONE, PICK, SWEEP
from .networks import Place
from .organisation import DAY
from .rhythm import days_of_work, pauses, sessions
from .scene import Scene
from .vocabulary import VERBS

__all__ = ["everyday"]

_VERBS = (
    "view",
    "download",
    "edit",
    "upload",
    "rename",
    "move",
    "copy",
    "trash",
    "restore",
    "share",
    "share_out",
    "link",
    "link_inside",
    "unshare",
)
_USUAL = np.array([46, 11, 22, 7, 2, 2.2, 1.2, 2.2, 0.15, 3, 0, 0, 1, 0.4])
_MODES = np.array([NEW if v == "upload" else BIN if v == "restore" else PICK for v in _VERBS])
_NUMBERS = np.array([VERBS[v] for v in _VERBS])


def everyday(scene: Scene) -> None:
    """Add the ordinary activity of everybody."""
    rng, org = scene.generator(10), scene.org
    person, start, size = sessions(rng, org, days_of_work(rng, org))
    owner = np.repeat(np.arange(person.size), size)
    gaps = pauses(rng, owner.size)
    elapsed = np.cumsum(gaps)
    firsts = np.concatenate([[0], np.cumsum(size)[:-1]]).astype(int)
    time = start[owner] + elapsed - (elapsed - gaps)[firsts][owner]
    kind = _kinds(rng, scene, person)[owner] > rng.random(owner.size)[:, None]
    verb = np.minimum(len(_VERBS) - kind.sum(axis=1), len(_VERBS) - 1)
    ips, agents, folders = _circumstances(rng, scene, person, start, owner, time)
    target = _targets(rng, scene, person[owner], verb)
    scene.log.add(
        time,
        person[owner].astype(float),
        _NUMBERS[verb].astype(float),
        mode=_MODES[verb].astype(float),
        where=folders,
        ip=ips,
        agent=agents,
        target=target,
        change=_moves(rng, scene, person[owner], verb),
    )
    _visit(rng, scene, time[verb == _VERBS.index("link")], folders[verb == _VERBS.index("link")])
    _log_in(rng, scene, person, start, ips[firsts], agents[firsts])
    _in_bulk(rng, scene, person, start, ips[firsts], agents[firsts], folders[firsts])
    _synchronise(rng, scene)


def _kinds(rng: np.random.Generator, scene: Scene, person: np.ndarray) -> np.ndarray:
    """Return the cumulated shares of the verbs for each session."""
    table = np.empty((len(scene.org.people), len(_VERBS)))
    for index, someone in enumerate(scene.org.people):
        shares = _USUAL * np.random.default_rng([scene.seed, 11, index]).lognormal(
            0, 0.45, len(_VERBS)
        )
        shares[_VERBS.index("share_out")] = 12 * someone.external
        public = {"marketing": 8.0, "sales": 5.0}.get(someone.role, 1.0)
        shares[_VERBS.index("link")] = public * someone.external + 0.08
        table[index] = shares / shares.sum()
    return np.cumsum(table[person], axis=1)


def _circumstances(
    rng: np.random.Generator,
    scene: Scene,
    person: np.ndarray,
    start: np.ndarray,
    owner: np.ndarray,
    time: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return address, user agent and folder of each event; most stay within a session."""
    people, files = scene.org.people, scene.files
    where: list[tuple[Place, int]] = []
    session_agents, main, aside = [], [], []
    for who, begin in zip(person.tolist(), start.tolist(), strict=True):
        someone = people[who]
        phone = rng.random() < 0.12
        device = scene.clients.of(someone, "phone" if phone else "browser")
        mobile = phone and rng.random() < 0.6
        place = scene.nets.phone(who, someone.zone) if mobile else scene.usual(someone, begin)
        where.append((place, device.key))
        session_agents.append(device.agent(begin))
        which, shares = files.used_by(someone)
        first, second = which[
            np.searchsorted(np.cumsum(shares), rng.random(2)).clip(0, which.size - 1)
        ]
        main.append(first)
        aside.append(second)
    agents = np.array(session_agents, object)[owner]
    elsewhere = rng.random(owner.size) < 0.25
    folders = np.where(elsewhere, np.array(aside)[owner], np.array(main)[owner]).astype(float)
    ips = np.empty(owner.size, object)
    ips[:] = [
        where[s][0].at(t, where[s][1]) for s, t in zip(owner.tolist(), time.tolist(), strict=True)
    ]
    return ips, agents, folders


def _targets(
    rng: np.random.Generator, scene: Scene, person: np.ndarray, verb: np.ndarray
) -> np.ndarray:
    """Return with whom files are shared."""
    target = np.empty(verb.size, object)
    for number in np.flatnonzero(verb >= _VERBS.index("share")):
        target[number] = scene.right(_VERBS[verb[number]], rng, scene.org.people[person[number]])
    return target


def _moves(
    rng: np.random.Generator, scene: Scene, person: np.ndarray, verb: np.ndarray
) -> np.ndarray:
    """Return to which of their own folders people move files."""
    change = np.empty(verb.size, object)
    for number in np.flatnonzero(verb == _VERBS.index("move")):
        which, _ = scene.files.used_by(scene.org.people[person[number]])
        change[number] = ("folder", int(rng.choice(which[:6])))
    return change


def _visit(rng: np.random.Generator, scene: Scene, shared: np.ndarray, folders: np.ndarray) -> None:
    """Let strangers open public links; the most popular ones often."""
    visits = np.minimum(rng.pareto(1.1, shared.size).astype(int), 60)
    for time, folder, count in zip(shared, folders, visits, strict=True):
        times = time + 60 + rng.exponential(2 * DAY, count)
        verbs = np.where(rng.random(count) < 0.3, VERBS["visit_download"], VERBS["visit"])
        ips = np.array([scene.nets.hotel().at(0.0) for _ in range(count)], object)
        agents = np.array([scene.clients.new_browser().agent(t) for t in times], object)
        scene.log.add(times, -1.0, verbs.astype(float), PICK, folder, ips, agents)


def _log_in(
    rng: np.random.Generator,
    scene: Scene,
    person: np.ndarray,
    start: np.ndarray,
    ips: np.ndarray,
    agents: np.ndarray,
) -> None:
    """Let people log in before a third of their sessions, and mistype their password at times."""
    chosen = np.flatnonzero(rng.random(start.size) < 0.33)
    scene.log.add(
        start[chosen] - rng.uniform(1, 12, chosen.size),
        person[chosen].astype(float),
        "login",
        ip=ips[chosen],
        agent=agents[chosen],
    )
    clumsy = np.array([rng.beta(1, 30) for _ in scene.org.people])
    failed = chosen[rng.random(chosen.size) < clumsy[person[chosen]]]
    failed = np.repeat(failed, rng.geometric(0.6, failed.size))
    scene.log.add(
        start[failed] - rng.uniform(13, 90, failed.size),
        person[failed].astype(float),
        "login_failed",
        ip=ips[failed],
        agent=agents[failed],
    )
    # Some mistype their name instead, so that nobody knows who it was.
    wrong = chosen[rng.random(chosen.size) < 0.004]
    emails = [scene.org.people[p].email for p in person[wrong]]
    cuts = rng.integers(1, 6, wrong.size)
    tried = [{"tried": e[:c] + e[c + 1 :]} for e, c in zip(emails, cuts, strict=True)]
    scene.log.add(
        start[wrong] - rng.uniform(13, 60, wrong.size),
        -1.0,
        "login_failed",
        ip=ips[wrong],
        agent=agents[wrong],
        target=tried,
    )


def _in_bulk(
    rng: np.random.Generator,
    scene: Scene,
    person: np.ndarray,
    start: np.ndarray,
    ips: np.ndarray,
    agents: np.ndarray,
    folders: np.ndarray,
) -> None:
    """Let some sessions take, bring, move or delete many files at once."""
    verbs = ("download", "upload", "move", "trash", "link", "share_out")
    for number in np.flatnonzero(rng.random(start.size) < 0.022):
        someone = scene.org.people[person[number]]
        odds = np.array([0.45, 0.33, 0.10, 0.10, 0.1 * someone.external, 0.2 * someone.external])
        verb = str(rng.choice(verbs, p=odds / odds.sum()))
        count = int(min(5 + 6 * rng.pareto(1.25), 250))
        times = start[number] + rng.uniform(5, 900) + np.cumsum(rng.lognormal(0, 0.8, count))
        more = {"mode": NEW, "where": folders[number]}
        if verb != "upload":
            more = {"mode": SWEEP, "where": scene.log.sweep([int(folders[number])])}
        if verb == "move":
            which, _ = scene.files.used_by(someone)
            more["change"] = ("folder", int(rng.choice(which[:6])))
        scene.log.add(
            times,
            someone.index,
            verb,
            ip=ips[number],
            agent=agents[number],
            target=scene.right(verb, rng, someone),
            **more,
        )


def _synchronise(rng: np.random.Generator, scene: Scene) -> None:
    """Let sync clients fetch what others changed, and log in again now and then."""
    for person in scene.org.staff:
        if not person.sync:
            continue
        days = [d for d in range(scene.org.days) if scene.org.active(person, d)]
        counts = rng.poisson(
            rng.gamma(0.5, 3.0, len(days)) * person.weekdays[scene.org.weekday[days]]
        )
        device = scene.clients.of(person, "sync")
        which, shares = scene.files.used_by(person)
        for day, count in zip(days, counts, strict=True):
            if not count:
                continue
            begin = scene.org.utc(
                person, day, person.start_hour + float(rng.uniform(0, person.hours))
            )
            times = begin + np.sort(rng.exponential(900, count))
            place = scene.usual(person, begin)
            scene.do(
                person,
                "sync",
                times,
                place,
                device,
                mode=PICK,
                where=rng.choice(which, count, p=shares).astype(float),
            )
            if rng.random() < 0.04:
                scene.do(person, "login", begin - 4, place, device, mode=NONE)
