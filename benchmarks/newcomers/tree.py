"""Folders and files, and how files are called."""

from __future__ import annotations

from dataclasses import dataclass, field

from .chance import Chance
from .identity import Identity

__all__ = ["File", "Folder", "Tree"]

_OFFICE = "application/vnd.openxmlformats-officedocument"
# ending: share, median size in bytes, spread of its logarithm, MIME type
KINDS: dict[str, tuple[float, float, float, str]] = {
    "docx": (20, 60e3, 1.4, f"{_OFFICE}.wordprocessingml.document"),
    "xlsx": (18, 45e3, 1.6, f"{_OFFICE}.spreadsheetml.sheet"),
    "pptx": (8, 2.2e6, 1.3, f"{_OFFICE}.presentationml.presentation"),
    "pdf": (24, 240e3, 1.7, "application/pdf"),
    "jpg": (9, 1.8e6, 1.0, "image/jpeg"),
    "png": (6, 350e3, 1.4, "image/png"),
    "csv": (4, 90e3, 2.2, "text/csv"),
    "txt": (2, 4e3, 1.8, "text/plain"),
    "md": (1, 5e3, 1.2, "text/markdown"),
    "msg": (2, 120e3, 1.5, "application/vnd.ms-outlook"),
    "zip": (2, 9e6, 2.0, "application/zip"),
    "mp4": (1.5, 60e6, 1.4, "video/mp4"),
    "dwg": (1, 3e6, 1.2, "image/vnd.dwg"),
    "psd": (1, 40e6, 1.1, "image/vnd.adobe.photoshop"),
    "json": (1, 12e3, 2.0, "application/json"),
    "bak": (0.3, 8e6, 1.8, "application/octet-stream"),
}  # fmt: skip
_MIXES: dict[str, dict[str, float]] = {
    "design": {"psd": 14, "jpg": 12, "png": 14, "mp4": 4, "pdf": 6, "pptx": 4},
    "build": {"dwg": 16, "pdf": 12, "jpg": 10, "xlsx": 4, "docx": 3},
    "code": {"md": 8, "json": 6, "csv": 6, "zip": 3, "png": 4, "pdf": 2, "docx": 2, "txt": 4},
    "numbers": {"xlsx": 22, "pdf": 14, "csv": 8, "docx": 2, "msg": 2},
}
# The words of four languages; an organisation speaks one, and a little English.
SUBJECTS = {
    "en": """
        report minutes budget offer invoice agenda draft plan notes summary order checklist photo
        scan letter forecast roadmap spec survey timesheet brief schedule
    """.split(),
    "de": """
        Bericht Protokoll Budget Angebot Rechnung Agenda Entwurf Plan Notizen Liste Bestellung
        Foto Scan Brief Prognose Konzept Umfrage Stunden Zeichnung Lieferschein
    """.split(),
    "es": """
        informe acta presupuesto oferta factura agenda borrador plan notas resumen pedido lista
        foto escaneo carta previsión encuesta horas plano albarán
    """.split(),
    "fr": """
        rapport compte-rendu budget offre facture ordre brouillon plan notes synthèse commande
        liste photo scan lettre prévision enquête heures dessin devis
    """.split(),
}  # fmt: skip


@dataclass(slots=True, eq=False)
class Folder:
    """A folder; `secret` are those whose content hurts when it leaves."""

    id: str
    name: str
    parent: Folder | None
    path: str
    owner: Identity
    mix: str = ""
    secret: bool = False
    files: list[File] = field(default_factory=list, repr=False)
    folders: list[Folder] = field(default_factory=list, repr=False)
    created: float = 0.0

    def below(self) -> list[Folder]:
        """Return this folder and all below it."""
        return [self, *(deep for child in self.folders for deep in child.below())]

    def everything(self) -> list[File]:
        """Return all files in it and below."""
        return [one for folder in self.below() for one in folder.files]


@dataclass(slots=True, eq=False)
class File:
    """A file as it is now."""

    id: str
    name: str
    folder: Folder
    size: int
    created: float
    modified: float
    owner: Identity
    last: Identity
    at: int = -1  # where it is in its folder's list; -1: nowhere

    @property
    def mime(self) -> str | None:
        """The type by the name's ending."""
        kind = KINDS.get(self.name.rpartition(".")[2].lower())
        return kind[3] if kind else None


class Tree:
    """All folders, and the files that were deleted last."""

    def __init__(self, chance: Chance, service: str, language: str) -> None:
        self._chance, self._service = chance, service
        self.subjects = SUBJECTS[language] + (SUBJECTS["en"][:8] if language != "en" else [])
        self.folders: list[Folder] = []
        self.bin: list[File] = []

    def _id(self, folder: bool) -> str:
        c = self._chance
        match self._service:
            case "dropbox":
                return f"id:{c.token(22)}"
            case "box":
                return c.digits(12 if folder else 13)
            case "gdrive":
                return f"1{c.token(32)}"
            case _:
                return f"01{c.hexadecimal(32).upper()}"

    def folder(self, name: str, parent: Folder | None, owner: Identity, now: float) -> Folder:
        """Make a folder, which inherits what kind of files and how secret."""
        path = f"{parent.path if parent else ''}/{name}"
        made = Folder(self._id(True), name, parent, path, owner, created=now)
        if parent:
            parent.folders.append(made)
            made.mix, made.secret = parent.mix, parent.secret
        self.folders.append(made)
        return made

    def file(self, folder: Folder, owner: Identity, now: float, name: str | None = None) -> File:
        """Make a file in a folder."""
        name = name or self.name(folder)
        _, size, spread, _ = KINDS.get(name.rpartition(".")[2].lower(), (0, 50e3, 1.5, ""))
        made = File(
            self._id(False), name, folder, int(self._chance.heavy(size, spread)) + 1,
            now, now, owner, owner,
        )  # fmt: skip
        self.put(made, folder)
        return made

    def put(self, file: File, folder: Folder) -> None:
        """Put a file which is nowhere into a folder."""
        file.folder, file.at = folder, len(folder.files)
        folder.files.append(file)

    def take(self, file: File) -> None:
        """Take a file out of its folder."""
        files, last = file.folder.files, file.folder.files[-1]
        files[file.at], last.at = last, file.at
        files.pop()
        file.at = -1

    def discard(self, file: File) -> None:
        """Take a file out and keep it in the bin for a while."""
        self.take(file)
        self.bin.append(file)
        if len(self.bin) > 4_000:
            del self.bin[:1_000]

    def name(self, folder: Folder) -> str:
        """Invent a file's name; people have many habits."""
        c = self._chance
        ending = c.by_weight(_MIXES.get(folder.mix) or _USUAL)
        if ending in ("jpg", "mp4") and c.yes(0.6):
            return f"{c.choice(('IMG_', 'DSC0', 'PXL_2024', ''))}{c.digits(4)}.{ending}"
        subject = c.choice(self.subjects)
        year = c.choice(("2022", "2023", "2024", "2024"))
        match c.randrange(7):
            case 0:
                stem = f"{year}-{c.randrange(1, 13):02}-{c.randrange(1, 29):02} {subject}"
            case 1:
                stem = f"{subject}_{year}_v{c.pareto(1, 1.2, 40)}"
            case 2:
                tail = c.choice(("final", "FINAL2", "rev", "neu"))
                stem = f"{subject} {c.choice(self.subjects)} {tail}"
            case 3:
                stem = f"{c.digits(c.randrange(3, 7))}_{subject}"
            case 4:
                stem = f"{subject.title()} Q{c.randrange(1, 5)} {year}"
            case 5:
                stem = f"{subject} ({c.randrange(1, 9)})"
            case _:
                stem = f"{subject} {c.choice(self.subjects)} {c.digits(3)}"
        return f"{stem}.{ending}"


_USUAL = {ending: kind[0] for ending, kind in KINDS.items()}
