"""Strangers in somebody's account.

After MITRE ATT&CK T1078, T1110.003, T1528, T1539 and T1530, Microsoft on Midnight Blizzard and on
phishing in the middle, CISA AA23-320A, and Google on stolen tokens of integrations.
"""

from __future__ import annotations

from ..case import Case
from ..devices import SCRIPTS, TOOLS, draw_device
from ..life import usual_via
from ..lines import DAY, HOUR
from ..people import Via
from ..scene import Script
from ..tree import Folder

__all__ = ["consent_trap", "dormant_account", "helpdesk_call", "hijacked_integration",
           "invoice_fraud", "slow_spray", "stolen_session", "stuffed_password"]  # fmt: skip


def stolen_session(case: Case) -> Script:
    """Carry on somebody's session elsewhere: no log-in, and often the same browser."""
    one = case.who(works=True)
    yield case.work_day(one, 8, 23)
    device = one.computer if case.draws.yes(case.by(0.7, 0.4, 0.2)) else None
    via = Via(case.stranger().line, device or draw_device(case.draws, case.scene.service))
    files = case.haul(_rich(list(one.folders)), case.many(30, 90, 420))
    yield from case.read(files, one, via, case.by(50, 15, 3), case.by(0.5, 0.8, 0.95))


def stuffed_password(case: Case) -> Script:
    """Try leaked passwords, get in, change the second factor, and take what there is."""
    one = case.who()
    yield case.at(one, 0, 24)
    via = case.stranger()
    yield from case.enter(one, via, case.many(5, 12, 35))
    for verb in case.by((), ("factor_on",), ("factor_off", "factor_on", "password")):
        case.scene.session(one, verb, via, case.label)
        yield case.scene.now + case.draws.skewed(90, 0.6)
    files = case.haul(_rich(list(one.folders)), case.many(22, 70, 320))
    yield from case.read(files, one, via, case.by(40, 15, 3), 0.7)


def slow_spray(case: Case) -> Script:
    """Guess at all accounts, seldom at each, from ever other homes; one opens in the end."""
    scene, draws = case.scene, case.draws
    accounts = [one for one in [*scene.people, *scene.left] if one.joined <= scene.now]
    accounts = draws.some(accounts, 60)
    until = scene.now + case.by(22, 18, 10) * DAY
    while scene.now < until:
        via = Via(scene.internet.proxies(), draw_device(draws, scene.service))
        for one in draws.sample(accounts, len(accounts)):
            for _ in range(case.by(1, 1, 3)):
                yield scene.now + draws.skewed(case.by(1500, 500, 60), 1.0)
                if one not in case.label.people:
                    case.name(one)
                scene.session(one, "fail", via, case.label)
        yield scene.now + draws.skewed(case.by(30, 14, 4), 0.5) * HOUR
    opened = draws.choice(accounts)
    via = Via(scene.internet.proxies(), draw_device(draws, scene.service))
    yield from case.enter(opened, via)
    files = case.haul(_rich(list(opened.folders)), case.many(15, 40, 150))
    yield from case.read(files, opened, via, 30, 0.6)


def helpdesk_call(case: Case) -> Script:
    """Talk the help desk into a new password and factor, and look for secrets."""
    one, scene, draws = case.who(works=True), case.scene, case.draws
    yield case.work_day(one, 9, 16)
    admin = case.name(scene.admin())
    desk, via = usual_via(scene, admin, "office", draws), case.stranger()
    for verb in ("reset", "factor_off"):
        scene.session(admin, verb, desk, case.label, about=one)
        yield scene.now + draws.skewed(120, 0.6)
    yield from case.enter(one, via)
    for verb in ("password", "factor_on"):
        scene.session(one, verb, via, case.label)
        yield scene.now + draws.skewed(60, 0.6)
    secret = [f for f in scene.sensitive() if f.name in ("Passwords", "Keys", "Backups")]
    folders = (secret or case.beyond(one)) + _rich(list(one.folders))
    yield from case.read(case.haul(folders, case.many(22, 70, 260)), one, via, 25, 0.5)


def consent_trap(case: Case) -> Script:
    """Lure people into letting an application in, which then reads all their files at night."""
    scene, draws = case.scene, case.draws
    app = (f"app-{draws.randint(10**6, 10**7)}", draws.choice(TOOLS))
    lured = [case.who(works=True) for _ in range(min(case.by(2, 4, 9), len(scene.people)))]
    lured = list(dict.fromkeys(lured))
    yield case.work_day(lured[0], 9, 12)
    for one in lured:
        via = usual_via(scene, one, "office", draws)
        scene.consent(one, app, True, via, case.label)
        yield scene.now + draws.skewed(case.by(8, 3, 0.5), 0.9, 0.01, 20) * HOUR
    via = Via(scene.internet.server(), script=draws.choice(SCRIPTS))
    for _ in range(case.by(6, 4, 3)):
        yield case.at(lured[0], 0, 24, 1)
        for one in lured:
            files = case.haul(one.folders, case.many(14, 45, 180))
            yield from case.each("download", files, one, via, case.by(30, 6, 1))


def hijacked_integration(case: Case) -> Script:
    """Use a program's token from another server, and export more than it ever did."""
    scene, draws = case.scene, case.draws
    program = case.name(draws.choice(scene.programs))
    via = Via(case.stranger(False).line, script=draws.choice(SCRIPTS))
    folders = _rich(scene.tree.folders)
    for _ in range(case.by(4, 3, 2)):
        yield scene.now + draws.uniform(0.3, 1.2) * DAY
        files = case.haul(folders, case.many(30, 180, 1200))
        yield from case.each("download", files, program, via, case.by(12, 2, 0.5))


def dormant_account(case: Case) -> Script:
    """Wake an account that nobody has used for long, and look around."""
    scene, draws = case.scene, case.draws
    if not scene.left:
        scene.left.append(draws.choice(scene.people))
    one, via = case.name(draws.choice(scene.left)), case.stranger()
    yield scene.now + draws.uniform(0, 1) * DAY
    yield from case.enter(one, via, case.many(3, 8, 25))
    for night in range(case.by(4, 3, 2)):
        yield scene.now + draws.uniform(0.4, 1.6) * DAY * (night > 0)
        folders = list(one.folders) + case.beyond(one)
        yield from case.read(case.haul(folders, case.many(9, 30, 110)), one, via, 35, 0.5)


def invoice_fraud(case: Case) -> Script:
    """Read somebody's invoices for days, alter some, and send them out under a similar name."""
    one, scene, draws = case.who("Finance", works=True), case.scene, case.draws
    via = case.stranger()
    named = [f for f in scene.tree.folders if f.name in ("Invoices", "Offers", "Contracts")]
    folders = [f for f in named if f in one.folders] or named[:1] or list(one.folders)
    seen = case.haul(folders, case.by(14, 25, 60))
    for day in range(case.by(5, 4, 3)):
        yield case.work_day(one, 7, 20, draws.randint(1, 2))
        if day == 0 or draws.yes(0.4):
            yield from case.enter(one, via)
        yield from case.read(draws.some(seen, case.many(7, 12, 25)), one, via, 60, 0.25)
    partner = draws.choice(scene.partners)
    name, firm = partner.split("@")
    alike = f"{name}@{firm.replace('-', '', 1).replace('.example', '-pay.example')}"
    for file in seen[: case.by(3, 6, 15)]:
        scene.act(one, "edit", file, via, case.label)
        yield scene.now + draws.skewed(200, 0.7)
        scene.share(one, file, via, alike, case.label)
        yield scene.now + draws.skewed(100, 0.7)


def _rich(folders: list[Folder]) -> list[Folder]:
    """Return the confidential folders, with a few others; all if there are none."""
    secret = [folder for folder in folders if folder.sensitive]
    return secret + [folder for folder in folders if not folder.sensitive][: 3 + len(secret)]
