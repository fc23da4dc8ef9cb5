"""Folders and files."""

from __future__ import annotations

from collections import deque

from .draws import Draws
from .lines import DAY

__all__ = ["File", "Folder", "Tree"]

_TYPES = {
    "docx": (0.24, 9e4), "xlsx": (0.2, 7e4), "pdf": (0.24, 3e5), "pptx": (0.07, 2e6),
    "jpg": (0.08, 1.5e6), "png": (0.05, 4e5), "csv": (0.04, 5e4), "txt": (0.03, 4e3),
    "zip": (0.03, 8e6), "mp4": (0.02, 6e7),
}  # fmt: skip
_MIME = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "pdf": "application/pdf", "jpg": "image/jpeg", "png": "image/png", "csv": "text/csv",
    "txt": "text/plain", "zip": "application/zip", "mp4": "video/mp4", "html": "text/html",
}  # fmt: skip
_STEMS = """
    report minutes plan budget forecast offer draft notes review summary protocol overview list
    photo scan invoice order template guide concept letter agenda survey spec schedule backlog
""".split()
_HEX, _ALNUM = "0123456789ABCDEF", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class Folder:
    """A folder; `sensitive` is what thieves would look for."""

    __slots__ = ("files", "id", "latest", "name", "owner", "parent", "path", "sensitive", "team")

    def __init__(
        self, id_: str, name: str, parent: Folder | None, team: str, owner: object,
        sensitive: bool = False,
    ) -> None:  # fmt: skip
        self.id, self.name, self.parent, self.team, self.owner = id_, name, parent, team, owner
        self.path: str = f"{parent.path if parent else ''}/{name}"
        self.sensitive = sensitive
        self.files: list[File] = []
        self.latest: deque[File] = deque(maxlen=14)


class File:
    """A file as it is now."""

    __slots__ = ("created", "editor", "folder", "gone", "id", "modified", "name", "owner", "size")

    def __init__(
        self, id_: str, name: str, folder: Folder, size: int, owner: object, created: float
    ) -> None:
        self.id, self.name, self.folder, self.size = id_, name, folder, size
        self.owner, self.editor, self.created, self.modified = owner, owner, created, created
        self.gone = False

    @property
    def mime(self) -> str:
        """The type by the name's ending."""
        return _MIME.get(self.name.rsplit(".", 1)[-1], "application/octet-stream")


class Tree:
    """All folders of an organisation.

    Files that were just used are used again, the more the more often they were, which gives
    popularity its heavy tail.
    """

    def __init__(self, draws: Draws, service: str) -> None:
        self._draws, self._service = draws, service
        self.folders: list[Folder] = []

    def identifier(self) -> str:
        """Draw an id in the service's style."""
        text = self._draws.text
        return {
            "dropbox": lambda: "id:" + text(22, _ALNUM + "-_"),
            "box": lambda: self._draws.choice("123456789") + text(11, "0123456789"),
            "gdrive": lambda: "1" + text(32, _ALNUM + "-_"),
            "onedrivebiz": lambda: "01" + text(32, _HEX),
        }[self._service]()

    def folder(
        self, name: str, parent: Folder | None, team: str, owner: object, sensitive: bool = False
    ) -> Folder:
        """Make a folder."""
        made = Folder(self.identifier(), name, parent, team, owner, sensitive)
        self.folders.append(made)
        return made

    def file(self, folder: Folder, owner: object, now: float, name: str = "") -> File:
        """Make a file, of log-normal size."""
        draws = self._draws
        if not name:
            kind = draws.weighted({kind: weight for kind, (weight, _) in _TYPES.items()})
            name = f"{self.stem()}.{kind}"
        median = _TYPES.get(name.rsplit(".", 1)[-1], (0, 3e4))[1]
        size = int(draws.skewed(median, 1.6, 40, 4e9))
        made = File(self.identifier(), name, folder, size, owner, now)
        folder.files.append(made)
        folder.latest.append(made)
        return made

    def stem(self) -> str:
        """Draw a name without its ending."""
        draws = self._draws
        tail = draws.choice((f"{draws.randint(1, 31):02}{draws.randint(1, 12):02}",
                             f"v{draws.randint(1, 9)}", f"{draws.randint(2019, 2025)}",
                             f"{draws.randint(100, 9_999)}"))  # fmt: skip
        return f"{draws.choice(_STEMS)}{draws.choice(' _-')}{draws.choice(_STEMS)} {tail}"

    def fill(self, folder: Folder, owners: list[object], count: int) -> None:
        """Put older files into a folder."""
        ages = sorted((self._draws.skewed(200, 1.2, 1, 2500) for _ in range(count)), reverse=True)
        for age in ages:
            self.file(folder, self._draws.choice(owners), -age * DAY)

    def choose(self, folder: Folder) -> File | None:
        """Choose one of a few that everybody needs, one just used, or the newer the likelier."""
        lot = self._draws.random()
        again = folder.files[:3] if lot < 0.17 else folder.latest if lot < 0.6 else None
        if again:
            found = self._draws.choice(again)
            if not found.gone and found.folder is folder:
                return found
        if not folder.files:
            return None
        found = folder.files[-1 - int(len(folder.files) * self._draws.random() ** 2.2)]
        folder.latest.append(found)
        return found

    def drop(self, file: File) -> None:
        """Take a file out of its folder."""
        if not file.gone:
            file.gone = True
            file.folder.files.remove(file)

    def bring_back(self, file: File) -> None:
        """Put a deleted file back."""
        file.gone = False
        file.folder.files.append(file)

    def move(self, file: File, folder: Folder) -> None:
        """Put a file into another folder."""
        file.folder.files.remove(file)
        file.folder = folder
        folder.files.append(file)
