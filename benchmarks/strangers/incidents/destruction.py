"""Files encrypted or deleted.

Ransomware reaches the cloud through synchronisation, or through the service's interface with a
stolen account, where each file is written over more often than versions are kept (Proofpoint,
"Proofpoint Discovers Potentially Dangerous Microsoft Office 365 Functionality", 2022). Files get a
new extension, are replaced by copies, or keep their names; a note in each folder demands money.
"""

from __future__ import annotations

from collections.abc import Callable

from ..journal import Label, Session
from ..people import Actor
from ..scene import Scene
from .intruder import Intruder, Strength, bulk

__all__ = ["mass_deletion", "ransom_extension", "ransom_overwrite", "ransom_replace"]

_EXTENSIONS = ("lockbit", "crypt", "encrypted", "akira", "8base", "enc", "wncry9")
_NOTES = ("README_RESTORE.txt", "how_to_decrypt.txt", "!!!READ_ME!!!.txt")
_Encrypt = Callable[[Scene, Actor, float, int, Session, str], None]


def _ransom(scene: Scene, day: int, strength: Strength, kind: str, encrypt: _Encrypt) -> Label:
    """Encrypt the folders of one person, from their own machine or by an intruder."""
    d = scene.draws
    victim = scene.victim(day, day + 1)
    label = scene.label(kind, [victim], intensity=strength.name, slow=strength.is_faint)
    intruder = Intruder(scene, victim, strength) if d.chance(0.3) else None
    extension = d.choice((*_EXTENSIONS, d.hexadecimal(6)))
    waves = d.randint(3, 6) if strength.is_faint else 1

    def act(day: int) -> None:
        at = scene.off_hour(victim, day) if d.chance(0.6) else scene.working_hour(victim, day)
        program = (victim.device.sync or victim.device.browser).at(day)
        session = scene.session(scene.place(victim, day, at).address(at), program)
        if intruder:
            session = intruder.session(day, at)
        most = d.count(700 * strength.factor / waves, 0.4, 3000)
        gap = 30.0 if strength.is_faint else d.choice((0.2, 0.8))
        with scene.journal.of(label):
            if intruder:
                scene.login(at - 30, victim, session)
            for folder in dict.fromkeys(victim.folders):
                files = list(folder.files[:most])
                most -= len(files)
                for moment, file in zip(d.times(at, len(files), gap), files, strict=True):
                    encrypt(scene, victim, moment, file, session, extension)
                    at = moment
                if files and not (strength.is_faint and d.chance(0.7)):
                    scene.add(at + 1, victim, folder, session, d.choice(_NOTES))

    for wave in range(waves):
        scene.on(day + wave, act)
    return label


def _append(
    scene: Scene, actor: Actor, at: float, file: int, session: Session, extension: str
) -> None:
    docs = scene.documents
    before = (docs.names[file], docs.folders[docs.places[file]])
    docs.names[file] = f"{docs.names[file]}.{extension}"
    scene.journal.file(at, actor, "rename", file, session, before)


def _replace(
    scene: Scene, actor: Actor, at: float, file: int, session: Session, extension: str
) -> None:
    docs = scene.documents
    folder = docs.folders[docs.places[file]]
    scene.add(at, actor, folder, session, f"{docs.names[file]}.{extension}")
    scene.act(at + 0.2, actor, "delete", file, session)


def _overwrite(
    scene: Scene, actor: Actor, at: float, file: int, session: Session, extension: str
) -> None:
    for version in range(scene.draws.choice((1, 1, 2))):
        scene.act(at + 0.3 * version, actor, "update", file, session)


def ransom_extension(scene: Scene, day: int, strength: Strength) -> Label:
    """Rename files to the malware's own extension."""
    return _ransom(scene, day, strength, "ransom_extension", _append)


def ransom_replace(scene: Scene, day: int, strength: Strength) -> Label:
    """Add an encrypted copy of each file and delete the original."""
    return _ransom(scene, day, strength, "ransom_replace", _replace)


def ransom_overwrite(scene: Scene, day: int, strength: Strength) -> Label:
    """Write encrypted contents over files, which keep their names."""
    return _ransom(scene, day, strength, "ransom_overwrite", _overwrite)


def mass_deletion(scene: Scene, day: int, strength: Strength) -> Label:
    """Delete whole folders and empty the recycle bin."""
    d = scene.draws
    actor = scene.victim(day, day)
    label = scene.label("mass_deletion", [actor], intensity=strength.name)
    intruder = Intruder(scene, actor, strength) if d.chance(0.3) else None

    def act(day: int) -> None:
        at = scene.off_hour(actor, day) if d.chance(0.4) else scene.working_hour(actor, day)
        session = scene.own_session(actor, day, at)
        if intruder:
            session = intruder.session(day, at)
        wanted = d.count(300 * strength.factor, 0.4, 3000)
        folders = sorted(dict.fromkeys(actor.folders), key=lambda f: (-len(f.files), f.index))
        files = [file for folder in folders for file in folder.files][:wanted]
        with scene.journal.of(label):
            if intruder:
                scene.login(at - 30, actor, session)
            end = bulk(scene, actor, session, at, files, "delete", d.choice((0.3, 2.0)))
            purged = files[: round(len(files) * d.choice((0.3, 1.0, 1.0)))]
            bulk(scene, actor, session, end + d.uniform(20, 4000), purged, "purge", 0.3)

    scene.on(day, act)
    return label
