"""Rights, programs and settings misused.

A program that a user has allowed keeps its access when the password changes (Microsoft, "Detect and
remediate illicit consent grants"). Logs are switched off where that is possible, as
``Set-AdminAuditLogConfig`` does, or alerts are (MITRE ATT&CK T1562.008).
"""

from __future__ import annotations

from ..journal import Label, Thing
from ..people import Actor
from ..programs import Device, script
from ..routine import consent
from ..scene import Scene
from .intruder import Intruder, Strength, bulk

__all__ = ["admin_grant", "logging_off", "rogue_consent", "service_account"]

_WIDE = (
    ("Files.ReadWrite.All", "offline_access", "User.Read"),
    ("https://www.googleapis.com/auth/drive", "openid", "email"),
    ("files.read", "files.write", "sharing.write", "offline_access"),
    ("root_readwrite", "manage_enterprise_properties"),
)
_NARROW = (("Files.Read.All", "offline_access"), ("files.read", "offline_access"))
_NAMES = ("Docu Viewer", "Teams Upgrade", "PDF Reader 365", "eFax Secure", "Invoice Portal")
_SETTINGS = (
    "Unified audit log",
    "Alert: mass download",
    "Log retention",
    "Alert: admin role granted",
)


def admin_grant(scene: Scene, day: int, strength: Strength) -> Label:
    """Somebody who never administers makes themselves, or a helper, an administrator."""
    d = scene.draws
    plain = [a for a in scene.people() if not a.admin]
    actor = scene.victim(day, day + 1, plain or None)
    helpers = [actor, *scene.unused[:1], *scene.guests[:1]]
    favoured = d.choice(helpers) if d.chance(0.4) else actor
    label = scene.label("admin_grant", [actor, favoured], intensity=strength.name)
    intruder = Intruder(scene, actor, strength) if d.chance(0.5) else None

    def act(day: int) -> None:
        at = intruder.moment(day) if intruder else scene.working_hour(actor, day)
        session = scene.own_session(actor, day, at)
        if intruder:
            session = intruder.session(day, at)
        role = {"role": "reports reader" if strength.is_faint else "administrator"}
        with scene.journal.of(label):
            scene.journal.thing(at, actor, "promote", scene.user(favoured), session, role)
            folders = scene.folders_of_others(actor, sensitive=True)
            files = [scene.documents.pick(d.choice(folders)) for _ in range(200) if folders]
            chosen = list(dict.fromkeys(f for f in files if f is not None))
            wanted = d.count(20 * strength.factor, 0.5)
            end = bulk(scene, favoured, session, at + 200, chosen[:wanted], "view", 20)
            if strength.is_faint or d.chance(0.3):
                scene.journal.thing(end + 300, actor, "demote", scene.user(favoured), session, role)

    scene.on(day, act)
    return label


def rogue_consent(scene: Scene, day: int, strength: Strength) -> Label:
    """One or several people allow an attacker's program, which then reads in their names."""
    d = scene.draws
    count = 1 if strength.is_faint else d.randint(1, max(1, round(2 * strength.factor)))
    victims = list(dict.fromkeys(scene.victim(day, day + 4) for _ in range(count)))
    label = scene.label("rogue_consent", victims, intensity=strength.name)
    name, scopes = d.choice(_NAMES), d.choice(_NARROW if strength.is_faint else _WIDE)
    program: Device = script(d)
    place = scene.networks.hosting()
    for victim in victims:

        def allow(day: int, victim: Actor = victim) -> None:
            at = scene.working_hour(victim, day)
            own = scene.own_session(victim, day, at)
            taken = scene.session(place.address(at), program.browser.at(day))
            files = scene.within_reach(victim, d.count(90 * strength.factor, 0.5, 2000), 0.1)
            with scene.journal.of(label):
                consent(scene, victim, at, own, name, scopes)
                start = at + d.around(3000, 1.0)
                bulk(scene, victim, taken, start, files, "download", d.choice((0.5, 3.0, 40.0)))

        scene.on(day + d.choice((0, 0, 1, 3)), allow)
    return label


def logging_off(scene: Scene, day: int, strength: Strength) -> Label:
    """Switch logs and alerts off, act, and perhaps switch them on again."""
    d = scene.draws
    admins = [a for a in scene.people() if a.admin]
    actor = scene.victim(day, day, admins if admins and d.chance(0.6) else None)
    label = scene.label("logging_off", [actor], intensity=strength.name)
    intruder = Intruder(scene, actor, strength) if d.chance(0.5) else None

    def act(day: int) -> None:
        at = intruder.moment(day) if intruder else scene.off_hour(actor, day)
        session = scene.own_session(actor, day, at)
        if intruder:
            session = intruder.session(day, at)
        names = d.some(_SETTINGS, 1 if strength.is_faint else d.randint(1, 4))
        with scene.journal.of(label):
            if intruder:
                scene.login(at - 40, actor, session)
            for moment, name in zip(d.times(at, len(names), 30), names, strict=True):
                change = {"before": "enabled", "after": "disabled"}
                scene.journal.thing(
                    moment, actor, "blind", Thing(name, name, "setting"), session, change
                )
            files = scene.within_reach(actor, d.count(40 * strength.factor, 0.5, 900), 0.5)
            end = bulk(scene, actor, session, at + 300, files, "download", 5)
            if d.chance(0.4):
                change = {"before": "disabled", "after": "enabled"}
                thing = Thing(names[0], names[0], "setting")
                scene.journal.thing(end + 100, actor, "setting", thing, session, change)

    scene.on(day, act)
    return label


def service_account(scene: Scene, day: int, strength: Strength) -> Label:
    """Sign in by hand with a robot's password and read what the robot may."""
    d = scene.draws
    robot = d.choice(scene.robots)
    label = scene.label("service_account", [robot], intensity=strength.name)
    person = d.choice(scene.people())
    intruder = Intruder(scene, person, strength)
    inside = d.chance(0.6)

    def act(day: int) -> None:
        at = scene.working_hour(person, day) if inside else intruder.moment(day)
        session = scene.own_session(person, day, at) if inside else intruder.session(day, at)
        files = scene.within_reach(robot, d.count(50 * strength.factor, 0.5), 0.6)
        with scene.journal.of(label):
            if d.chance(0.8):
                scene.login(at - 10, robot, session, d.choice((0, 0, 1, 2)))
            bulk(
                scene, robot, session, at, files,
                lambda: "view" if d.chance(0.7) else "download", d.choice((10.0, 40.0)),
            )  # fmt: skip

    for later in range(d.choice((1, 1, 2, 4))):
        scene.on(day + later, act)
    return label
