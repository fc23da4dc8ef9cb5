"""The folders and files that people read, change and take.

Most files are touched by few people and rarely again, some are used all the time, and what was used
last is likely to be used next (Leung et al. 2008, see `people`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .draws import Draws

__all__ = ["Documents", "Folder"]

_MIME = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "pdf": "application/pdf", "csv": "text/csv", "txt": "text/plain", "md": "text/markdown",
    "png": "image/png", "jpg": "image/jpeg", "zip": "application/zip", "mp4": "video/mp4",
    "dwg": "image/vnd.dwg", "eml": "message/rfc822",
}  # fmt: skip
_SIZES = {"mp4": 6e7, "zip": 8e6, "jpg": 2.5e6, "png": 4e5, "dwg": 3e6, "txt": 4e3, "md": 5e3}
_EXTENSIONS = {
    "Sales": "docx pptx pdf xlsx eml", "Engineering": "md dwg zip xlsx png txt",
    "Finance": "xlsx csv pdf", "People": "docx pdf xlsx",
    "Legal": "docx pdf eml", "Support": "png txt docx csv",
    "Design": "png jpg mp4 pptx zip", "Operations": "xlsx pdf docx csv",
}  # fmt: skip
_WORDS = {
    "Sales": "offer tender customer lead renewal visit discount territory",
    "Engineering": "spec drawing test build interface sensor measurement review",
    "Finance": "invoice ledger accrual payment statement reconciliation tax closing",
    "People": "contract salary interview appraisal onboarding leave training",
    "Legal": "agreement nda claim opinion licence amendment minutes",
    "Support": "ticket screenshot log answer escalation faq",
    "Design": "logo mockup photo banner storyboard palette render",
    "Operations": "delivery stock route shift supplier inspection order",
}
_SENSITIVE = {
    "Finance": ("Payroll", "Board reports"),
    "People": ("Personnel files", "Salaries"),
    "Legal": ("Litigation", "Acquisitions"),
    "Sales": ("Customer lists",),
    "Engineering": ("Source archive", "Patents"),
}


@dataclass(eq=False)
class Folder:
    """A folder with the files that are in it now, the ones used last at the end."""

    index: int
    id: str
    name: str
    path: str
    department: str
    owner: int
    sensitive: bool = False
    files: list[int] = field(default_factory=list)


class Documents:
    """All folders and files, as parallel lists; a file is its index."""

    def __init__(self, draws: Draws, service: str) -> None:
        self._draws = draws
        self._service = service
        self.folders: list[Folder] = []
        self.ids: list[str] = []
        self.names: list[str] = []
        self.sizes: list[int] = []
        self.owners: list[int] = []
        self.created: list[float] = []
        self.modified: list[float] = []
        self.modifiers: list[int] = []
        self.places: list[int] = []
        self.alive: list[bool] = []

    def folder(
        self, name: str, above: str, department: str, owner: int, sensitive: bool = False
    ) -> Folder:
        """Make an empty folder."""
        path = f"{above}/{name}"
        made = Folder(len(self.folders), self._id(), name, path, department, owner, sensitive)
        self.folders.append(made)
        return made

    def department(self, department: str, owner: int) -> list[Folder]:
        """Make a department's folders, the sensitive ones last."""
        above = f"/{department}"
        names = ["General", *(f"{y}" for y in range(2021, 2021 + self._draws.randint(1, 4)))]
        folders = [self.folder(n, above, department, owner) for n in names]
        for name in _SENSITIVE.get(department, ()):
            folders.append(self.folder(name, above, department, owner, sensitive=True))
        return folders

    def fill(self, folder: Folder, count: int, before: float) -> None:
        """Put files into a folder that were made in the years before a moment."""
        for _ in range(count):
            age = self._draws.tail(3, 0.7, 1500) * 86400
            made = before - age
            file = self.add(folder, folder.owner, made)
            self.modified[file] = made + self._draws.random() ** 3 * age * 0.99

    def add(self, folder: Folder, owner: int, at: float, name: str | None = None) -> int:
        """Make a file and return its index."""
        name = name or self.name(folder.department)
        extension = name.rpartition(".")[2]
        self.ids.append(self._id())
        self.names.append(name)
        self.sizes.append(int(self._draws.around(_SIZES.get(extension, 6e4), 1.4)) + 1)
        self.owners.append(owner)
        self.created.append(at)
        self.modified.append(at)
        self.modifiers.append(owner)
        self.places.append(folder.index)
        self.alive.append(True)
        folder.files.append(len(self.ids) - 1)
        return len(self.ids) - 1

    def name(self, department: str) -> str:
        """Draw a file's name."""
        d = self._draws
        department = department if department in _WORDS else "Operations"
        word = d.choice(_WORDS[department].split())
        extension = d.choice(_EXTENSIONS[department].split())
        form = d.choice(
            ("{w}_{n}", "{w} {n}", "{w}-{n}-v{v}", "{n} {w}", "{w} {w2} {n}", "{w}{n} final")
        )
        other = d.choice(_WORDS[department].split())
        return (
            f"{form.format(w=word, w2=other, n=d.randint(1, 9999), v=d.randint(1, 9))}.{extension}"
        )

    def mime(self, name: str) -> str | None:
        """Return the MIME type that goes with a name."""
        return _MIME.get(name.rpartition(".")[2])

    def pick(self, folder: Folder) -> int | None:
        """Draw a file of a folder, preferring recently used ones."""
        if not folder.files:
            return None
        return folder.files[-1 - int(len(folder.files) * self._draws.random() ** 2.5)]

    def remove(self, file: int) -> None:
        """Take a file out of its folder."""
        if self.alive[file]:
            self.alive[file] = False
            self.folders[self.places[file]].files.remove(file)

    def restore(self, file: int) -> None:
        """Put a removed file back."""
        if not self.alive[file]:
            self.alive[file] = True
            self.folders[self.places[file]].files.append(file)

    def move(self, file: int, to: Folder) -> None:
        """Put a file into another folder."""
        self.folders[self.places[file]].files.remove(file)
        self.places[file] = to.index
        to.files.append(file)

    def _id(self) -> str:
        d = self._draws
        if self._service == "onedrivebiz":
            return "01" + d.hexadecimal(32).upper()
        if self._service == "dropbox":
            return "id:" + d.hexadecimal(22)
        return d.digits(12) if self._service == "box" else "1" + d.hexadecimal(32)
