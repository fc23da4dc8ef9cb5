"""Incidents that come from outside: stolen sessions and passwords, sprays, programs, ransomware.

Sources
-------
- Stolen session tokens are used without a log-in and without a second factor: Microsoft, "Token
  tactics" (2022), https://www.microsoft.com/en-us/security/blog/2022/11/16/token-tactics-how-to-prevent-detect-and-respond-to-cloud-token-theft/.
- Password sprays try few passwords on many accounts, from one address or from thousands, with
  hours between rounds; about one account in a hundred gives in: Microsoft, "Protecting your
  organization against password spray attacks" (2020),
  https://www.microsoft.com/en-us/security/blog/2020/04/23/protecting-organization-password-spray-attacks/;
  residential proxies and a dormant test account: "Midnight Blizzard" (January 2024).
- Consent to a program with wide rights, which then reads in the victims' name: MITRE ATT&CK T1528;
  Microsoft, "Malicious OAuth applications" (2022).
- Ransomware reaches clouds through sync clients or stolen accounts: files are renamed, or added
  encrypted and deleted; notes are left: Proofpoint, "Proofpoint Discovers Potentially Dangerous
  Microsoft Office 365 Functionality" (2022); MITRE ATT&CK T1486, T1485. Attackers in clouds copy
  and delete instead: Microsoft, "Storm-0501's evolving techniques" (August 2025).
- Accounts of people who left, and of programs, are used because nobody looks: MITRE ATT&CK
  T1078.004.
"""

from __future__ import annotations

import numpy as np

from .clients import Device
from .log import BIN, NEW
from .networks import Place
from .organisation import DAY, Person
from .routine import scope, wide
from .scene import Scene

__all__ = ["ATTACKS"]


def _lair(scene: Scene) -> Place:
    """Return from where an attacker comes: mostly from where honest people come from too."""
    kind = scene.rng.choice(
        ["hosting", "vpn", "proxies", "phone", "hotel"], p=[0.2, 0.3, 0.3, 0.1, 0.1]
    )
    if kind == "vpn":
        return scene.nets.vpns[int(scene.rng.integers(0, 3))]
    if kind == "proxies":
        return scene.nets.proxies(int(scene.rng.integers(1, 12)))
    if kind == "phone":
        return scene.nets.new_phone(int(scene.rng.integers(0, len(scene.org.zones))))
    return scene.nets.hosting() if kind == "hosting" else scene.nets.hotel()


def _tool(scene: Scene, victim: Person | None = None) -> Device:
    """Return what an attacker works with; who steals sessions copies the user agent too."""
    if victim is not None and scene.rng.random() < 0.6:
        return scene.clients.of(victim, "browser")
    return scene.clients.new_browser() if scene.rng.random() < 0.75 else scene.clients.new_script()


def _any_time(scene: Scene, person: Person) -> float:
    """Return a time of day that suits the attacker, half of the time the victim's."""
    time = scene.moment(person, 0.15, 0.92)
    return time if scene.rng.random() < 0.5 else time + float(scene.rng.uniform(-12, 12)) * 3600


def _loot(
    scene: Scene,
    person: Person,
    start: float,
    strength: float,
    place: Place,
    device: Device,
    label: int,
) -> float:
    """Let an attacker look around and take files, on one day or on a few; return the end."""
    rng = scene.rng
    which, _ = scene.files.used_by(person)
    for _ in range(1 + int(rng.poisson(0.6))):
        looks = 1 + int(rng.poisson(9 * strength))
        end = scene.browse(person, start, looks, place, device, which.tolist(), {"view": 1}, label)
        takes = 2 + int(25 * strength * rng.lognormal(0, 0.7))
        folders = rng.permutation(which[: 2 + takes // 8]).tolist()
        times = scene.through(
            person,
            "download",
            end + rng.uniform(20, 900),
            takes,
            float(rng.choice([0.6, 3, 15, 60])),
            folders,
            place,
            device,
            label,
            shuffled=True,
        )
        start = float(times[-1]) + float(rng.choice([3600, DAY, 2 * DAY])) * rng.uniform(0.5, 1.5)
    return float(times[-1])


def _stolen_session(scene: Scene, strength: float, **known: object) -> None:
    """Use a copied session from another network; nobody logs in."""
    person = scene.someone(avoid=scene.taken)
    label = scene.log.label("stolen_session", [person.index], **known)
    device, start = _tool(scene, person), _any_time(scene, person)
    _loot(scene, person, start, strength, _lair(scene), device, label)


def _stolen_password(scene: Scene, strength: float, **known: object) -> None:
    """Use a phished password: log in, look around, take; often leave something to come back by."""
    rng, person = scene.rng, scene.someone(avoid=scene.taken)
    label = scene.log.label("stolen_password", [person.index], **known)
    place, device, start = _lair(scene), _tool(scene), _any_time(scene, person)
    tries = int(rng.poisson(0.7))
    fails = start - 30 - np.cumsum(rng.exponential(25, tries))
    scene.do(person, "login_failed", fails, place, device, label)
    scene.do(person, "login", start - 10, place, device, label)
    end = _loot(scene, person, start, strength * 0.8, place, device, label)
    if rng.random() < 0.35:
        scene.do(person, "password_change", start + 240, place, device, label)
    if rng.random() < 0.35:
        which, _ = scene.files.used_by(person)
        scene.through(
            person,
            "share_out",
            end + 60,
            1 + int(4 * strength),
            12,
            which[:2].tolist(),
            place,
            device,
            label,
            target=scene.right("share_out", rng, scene.someone()),
        )


def _spray(scene: Scene, strength: float, distributed: bool, **known: object) -> None:
    """One password after the other is tried on many accounts; it may succeed."""
    rng, org = scene.rng, scene.org
    share = min(1.0, 0.4 + 0.3 * strength)
    people = [
        p for p in org.people if rng.random() < share and not (p.service and rng.random() < 0.7)
    ]
    kind = "spray_distributed" if distributed else "spray_one_source"
    label = scene.log.label(kind, [p.index for p in people], slow=distributed, **known)
    place = scene.nets.proxies(4000) if distributed else _lair(scene)
    device = _tool(scene)
    start = float(rng.uniform(0.15, 0.9) * org.span)
    rounds = 1 + int(rng.poisson(1.5 * strength))
    between = float(rng.choice([1800, 7200, DAY])) * (3 if distributed else 1)
    pace = float(rng.uniform(200, 1500)) if distributed else float(rng.choice([0.5, 5, 40]))
    for number in range(rounds):
        times = start + number * between + np.cumsum(rng.exponential(pace, len(people)))
        for person, time in zip(rng.permutation(np.array(people, object)), times, strict=True):
            scene.do(
                person, "login_failed", time, place, _retool(scene, device, distributed), label
            )
        # Names guessed wrong, whom nobody knows.
        for time in rng.choice(times, int(len(people) * rng.uniform(0, 0.4))) if people else ():
            guess = (
                f"{rng.choice(['info', 'sales', 'admin', 'j.smith', 'test', 'hr'])}@{org.domain}"
            )
            scene.do(-1, "login_failed", time + 0.2, place, device, label, target={"tried": guess})
    if rng.random() < 0.45 and people:
        person = people[int(rng.integers(0, len(people)))]
        end = start + rounds * between
        scene.do(person, "login", end, place, device, label)
        _loot(scene, person, end + rng.uniform(60, 20_000), strength * 0.5, place, device, label)


def _retool(scene: Scene, device: Device, distributed: bool) -> Device:
    return scene.clients.new_browser() if distributed and scene.rng.random() < 0.3 else device


def _spray_one_source(scene: Scene, strength: float, **known: object) -> None:
    _spray(scene, strength, False, **known)


def _spray_distributed(scene: Scene, strength: float, **known: object) -> None:
    _spray(scene, strength, True, **known)


def _consent(scene: Scene, strength: float, **known: object) -> None:
    """Phished people let a program in, which reads their files in their name from its servers."""
    rng, first = scene.rng, scene.someone(avoid=scene.taken)
    others = [scene.someone(avoid=scene.taken) for _ in range(int(rng.poisson(1.2 * strength)))]
    people = list({p.index: p for p in (first, *others)}.values())
    label = scene.log.label("consent_to_program", [p.index for p in people], **known)
    name = str(
        rng.choice(
            [
                "Docs Viewer",
                "Secure PDF",
                "Upgrade",
                "Zoom Meetings",
                "SharePoint Sync",
                "Adobe Acrobat",
                "Payroll Portal",
            ]
        )
    )
    taken = wide(rng)
    imposter = int(rng.integers(10_000, 99_999))
    place, device = scene.nets.hosting(), scene.clients.new_script()
    for person in people:
        time = scene.moment(person, 0.2, 0.9)
        scene.do(
            person,
            "consent",
            time,
            scene.usual(person, time),
            scene.clients.of(person, "browser"),
            label,
            target=scope(name, taken, imposter),
        )
        which, _ = scene.files.used_by(person)
        wait = float(rng.choice([60, 3600, 2 * DAY])) * rng.uniform(0.5, 2)
        scene.through(
            person,
            "download",
            time + wait,
            5 + int(45 * strength * rng.lognormal(0, 0.5)),
            float(rng.choice([0.5, 4, 90])),
            which.tolist(),
            place,
            device,
            label,
        )


def _ransom(scene: Scene, strength: float, kind: str, **known: object) -> None:
    """Files are encrypted, through the sync client of an infected computer or a stolen account."""
    rng, person = scene.rng, scene.someone(avoid=scene.taken)
    label = scene.log.label(kind, [person.index], **known)
    if rng.random() < 0.6:
        device, start = scene.clients.of(person, "sync"), scene.moment(person, 0.2, 0.95)
        place = scene.usual(person, start)
    else:
        device, start, place = _tool(scene), _any_time(scene, person), _lair(scene)
        scene.do(person, "login", start - 30, place, device, label)
    which, _ = scene.files.used_by(person)
    folders = rng.permutation(which).tolist()
    count = 15 + int(160 * strength * rng.lognormal(0, 0.5))
    gap = float(rng.choice([0.2, 1.0, 4.0, 40.0]))
    extension = str(rng.choice([".lockbit", ".akira", ".enc", ".crypt", ".dat", ".bin", ".k7d2q"]))
    how = "random" if kind == "ransomware_random_extensions" else "suffix"
    if kind == "ransomware_replaces":
        times = scene.replace(
            person, start, count, gap, folders, place, device, label, how, extension
        )
    else:
        times = scene.through(
            person,
            "rename",
            start,
            count,
            gap,
            folders,
            place,
            device,
            label,
            change=(how, extension),
        )
    if rng.random() < 0.7:
        note = str(
            rng.choice(["README.txt", "HOW_TO_RECOVER.txt", "restore-my-files.txt", "read_me.html"])
        )
        notes = np.sort(rng.choice(times, min(6, count)))
        scene.do(
            person,
            "upload",
            notes + 0.1,
            place,
            device,
            label,
            mode=NEW,
            where=rng.choice(which, notes.size).astype(float),
            change=("name", note),
        )


def _ransom_renames(scene: Scene, strength: float, **known: object) -> None:
    _ransom(scene, strength, "ransomware_renames", **known)


def _ransom_replaces(scene: Scene, strength: float, **known: object) -> None:
    _ransom(scene, strength, "ransomware_replaces", **known)


def _ransom_random(scene: Scene, strength: float, **known: object) -> None:
    _ransom(scene, strength, "ransomware_random_extensions", **known)


def _dormant(scene: Scene, strength: float, **known: object) -> None:
    """Log in to an account that nobody has used for long and take what it can still read."""
    rng = scene.rng
    person = scene.org.dormant[int(rng.integers(0, len(scene.org.dormant)))]
    label = scene.log.label("dormant_account", [person.index], **known)
    place, device = _lair(scene), _tool(scene)
    start = float(rng.uniform(0.5, 0.92) * scene.org.span)
    tries = int(rng.poisson(1.5))
    scene.do(
        person,
        "login_failed",
        start - 200 + np.sort(rng.uniform(0, 150, tries)),
        place,
        device,
        label,
    )
    scene.do(person, "login", start - 10, place, device, label)
    _loot(scene, person, start, strength * 0.6, place, device, label)


def _program(scene: Scene, strength: float, **known: object) -> None:
    """Use a service account's key by hand, for folders that it has nothing to do with."""
    rng = scene.rng
    person = list(scene.org.programs.values())[int(rng.integers(0, len(scene.org.programs)))]
    label = scene.log.label("service_account_misused", [person.index], **known)
    same_server = rng.random() < 0.25
    place = scene.servers[person.index] if same_server else _lair(scene)
    device = scene.clients.of(person, "script") if rng.random() < 0.4 else _tool(scene)
    start = float(rng.uniform(0.2, 0.9) * scene.org.span)
    homes = [f.index for f in scene.files.folders if f.owner >= 0 or f.sensitive] or [0]
    end = scene.browse(
        person, start, 2 + int(12 * strength), place, device, homes, {"view": 1}, label
    )
    times = scene.through(
        person,
        "download",
        end + 60,
        5 + int(50 * strength * rng.lognormal(0, 0.6)),
        float(rng.choice([0.5, 5, 40])),
        rng.permutation(homes).tolist(),
        place,
        device,
        label,
    )
    if rng.random() < 0.3:
        target = scene.right("share_out", rng, scene.someone())
        end = float(times[-1]) + 100
        scene.through(
            person, "share_out", end, 2, 9, homes[:1], place, device, label, target=target
        )


def _destruction(scene: Scene, strength: float, **known: object) -> None:
    """Files are deleted by the hundred, and the bin emptied, by an attacker or by who is angry."""
    rng = scene.rng
    person = scene.someone(avoid=scene.taken)
    label = scene.log.label("mass_deletion", [person.index], **known)
    if rng.random() < 0.5:
        start, device = _any_time(scene, person), scene.clients.of(person, "browser")
        place = scene.home(person)
    else:
        start, device, place = _any_time(scene, person), _tool(scene), _lair(scene)
        scene.do(person, "login", start - 20, place, device, label)
    which, _ = scene.files.used_by(person)
    count = 20 + int(140 * strength * rng.lognormal(0, 0.5))
    folders = sorted(which.tolist(), key=lambda f: scene.files.folders[f].owner)
    times = scene.through(
        person, "trash", start, count, float(rng.choice([0.2, 1, 6])), folders, place, device, label
    )
    if rng.random() < 0.6:
        gone = times[-1] + rng.uniform(20, 1200) + np.cumsum(rng.exponential(0.2, count))
        scene.do(person, "purge", gone, place, device, label, mode=BIN)


#: Each kind, and how likely it is among others.
ATTACKS = {
    "stolen_session": (_stolen_session, 1.2),
    "stolen_password": (_stolen_password, 1.3),
    "spray_one_source": (_spray_one_source, 0.7),
    "spray_distributed": (_spray_distributed, 0.7),
    "consent_to_program": (_consent, 0.8),
    "ransomware_renames": (_ransom_renames, 0.5),
    "ransomware_replaces": (_ransom_replaces, 0.5),
    "ransomware_random_extensions": (_ransom_random, 0.4),
    "dormant_account": (_dormant, 0.7),
    "service_account_misused": (_program, 0.7),
    "mass_deletion": (_destruction, 0.8),
}
