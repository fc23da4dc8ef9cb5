"""Files lost, encrypted or held to ransom.

After Microsoft on ransomware in synced folders and on Storm-0501, MITRE ATT&CK T1485 and T1486,
and convictions of dismissed administrators.
"""

from __future__ import annotations

from ..case import Case
from ..life import usual_via
from ..lines import DAY
from ..people import Via
from ..scene import Script

__all__ = ["client_ransom", "parting_sabotage", "slow_deletion", "wipe_for_ransom"]

_NOTES = ("HOW_TO_RECOVER.txt", "README_RESTORE.html", "_unlock_files_.txt", "!INFO.html")
_ENDINGS = ("lockd", "crypt9", "zq7x", "enc", "bl4ck")


def client_ransom(case: Case) -> Script:
    """Encrypt what somebody's own computer syncs: change and rename, or replace and delete."""
    one, scene, draws = case.who(), case.scene, case.draws
    yield case.at(one, 0, 24)
    via = Via(usual_via(scene, one, "home", draws).line, one.computer, client=True)
    folders = list(one.folders)[: case.by(3, 8, 40)]
    replaces, ending = draws.yes(0.4), draws.choice(_ENDINGS)
    for file in case.haul(folders, case.many(70, 320, 1600), sequence=True):
        name = f"{file.name}.{ending}"
        if replaces:
            scene.upload(one, file.folder, via, case.label, name)
            yield scene.now + draws.skewed(0.6, 0.5)
            scene.act(one, "trash", file, via, case.label)
        else:
            scene.act(one, "edit", file, via, case.label)
            yield scene.now + draws.skewed(0.6, 0.5)
            scene.act(one, "rename", file, via, case.label, name=name)
        yield scene.now + draws.skewed(case.by(20, 4, 1), 0.8)
    for folder in folders[: case.by(1, 5, 40)]:
        scene.upload(one, folder, via, case.label, draws.choice(_NOTES))


def parting_sabotage(case: Case) -> Script:
    """Delete the team's work at the end of the last day, for good if there is time."""
    one, scene = case.who(works=True), case.scene
    yield case.work_day(one, 17, 23)
    via = usual_via(scene, one, case.draws.choice(("office", "home")), case.draws)
    folders = [f for f in one.folders if f.team != "own"] or list(one.folders)
    files = case.haul(folders, case.many(60, 240, 1300), sequence=True)
    yield from case.each("trash", files, one, via, case.by(9, 3, 0.7))
    yield from case.each("purge", files[: case.by(0, 80, 1300)], one, via, 1.5)
    one.left = min(one.left, scene.now + case.draws.uniform(0, 0.6) * DAY)


def wipe_for_ransom(case: Case) -> Script:
    """Take over an administrator, make another, copy much, delete it, and leave a note."""
    admin, scene, draws = case.who("IT", admin=True), case.scene, case.draws
    yield case.at(admin, 0, 24)
    via = case.stranger()
    yield from case.enter(admin, via, case.by(0, 3, 10))
    scene.session(admin, "factor_on", via, case.label)
    yield scene.now + draws.skewed(200, 0.6)
    one = admin
    if case.by(False, True, True):
        one = case.new_admin(admin, via)
        yield scene.now + draws.skewed(400, 0.8)
        yield from case.enter(one, via)
    folders = scene.sensitive() + case.beyond(one, sensitive=False)
    files = case.haul(folders, case.many(60, 200, 900))
    yield from case.each("download", files, one, via, case.by(10, 3, 0.6))
    yield scene.now + draws.skewed(3, 0.8) * 3_600
    yield from case.each("trash", files, one, via, case.by(6, 2, 0.4))
    yield from case.each("purge", files[: case.by(20, 200, 900)], one, via, 1)
    scene.upload(one, scene.teams["Company"][0], via, case.label, draws.choice(_NOTES))


def slow_deletion(case: Case) -> Script:
    """Delete a few of other people's older files at a time, over weeks."""
    one, draws = case.who(works=True), case.draws
    folders = [f for f in one.folders if f.team != "own"] or list(one.folders)
    for _ in range(case.many(11, 13, 16)):
        yield case.work_day(one, 9, 20, draws.randint(1, 3))
        via = usual_via(case.scene, one, "office" if one.week.office else "home", draws)
        files = [f for f in case.haul(folders, 4_000) if f.owner is not one and f.created < 0]
        yield from case.each("trash", files[: case.many(5, 10, 30)], one, via, 25)
