"""The folders and files of an organisation, who uses them and how popular they are.

Sources
-------
- A few files get most of the accesses, by a power law of rank near Zipf's: Breslau et al., "Web
  Caching and Zipf-like Distributions" (IEEE INFOCOM 1999); Ramakrishnan et al., "Analysis of File
  I/O Traces in Commercial Computing Environments" (SIGMETRICS 1992): 2 % of the active files take
  more than 90 % of the reads. What was made lately is used most.
- Sizes are log-normal with a heavy tail, and directories hold few files, seldom many: Agrawal et
  al., "A Five-Year Study of File-System Metadata" (USENIX FAST 2007); Douceur & Bolosky, "A
  Large-Scale Study of File-System Contents" (SIGMETRICS 1999).
- About a tenth of documents are shared outside, a fifth of that to private mailboxes; 15–20 % are
  sensitive: Skyhigh Networks, Cloud Adoption & Risk Reports 2015–2016.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .organisation import DAY, ROLES, Organisation, Person

__all__ = ["MIME", "Files", "Folder"]

#: Extension, share, MIME type, median size in bytes.
_KINDS = (
    ("docx", 0.24, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", 6e4),
    ("xlsx", 0.20, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", 5e4),
    ("pdf", 0.22, "application/pdf", 4e5),
    (
        "pptx",
        0.09,
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        2e6,
    ),
    ("jpg", 0.08, "image/jpeg", 1.5e6),
    ("png", 0.05, "image/png", 4e5),
    ("csv", 0.05, "text/csv", 3e4),
    ("txt", 0.03, "text/plain", 4e3),
    ("zip", 0.02, "application/zip", 1e7),
    ("mp4", 0.02, "video/mp4", 6e7),
)
#: MIME type of each extension; of others there is none.
MIME = {kind[0]: kind[2] for kind in _KINDS}

_WORDS = {
    "engineering": "design spec benchmark release architecture postmortem backlog schema",
    "sales": "quote pipeline proposal account forecast pricelist contract pitch",
    "operations": "inventory schedule supplier route checklist incident stock plan",
    "marketing": "campaign banner copy brief logo event newsletter survey",
    "support": "ticket macro escalation faq transcript survey guide feedback",
    "finance": "budget invoice ledger payroll forecast audit tax closing",
    "hr": "offer review salary onboarding handbook benefits interview policy",
    "legal": "nda agreement claim opinion trademark filing clause dispute",
    "it": "runbook network assets config access licence rollout backup",
    "management": "board strategy okr minutes acquisition plan budget memo",
}
_TAILS = (
    "",
    " final",
    " v2",
    " v3",
    " draft",
    " (1)",
    " 2023",
    " 2024",
    " Q1",
    " Q3",
    " new",
    " old",
)
_SENSITIVE = {"finance", "hr", "legal", "management"}


@dataclass
class Folder:
    """One folder: `team` and `owner` say who works in it (-1: everybody)."""

    index: int
    id: str
    name: str
    path: str
    team: int
    owner: int
    role: str
    sensitive: bool
    initial: list[int] = field(default_factory=list)


class Files:
    """Folders and the files that were there before the world starts.

    The files are parallel lists, one entry each, which `worlds.log` extends and changes as it
    plays what happened: `names`, `folders`, `sizes`, `owners`, `created`, `modified`, `modifiers`.

    Parameters
    ----------
    rng : numpy.random.Generator
    organisation : Organisation
    """

    def __init__(self, rng: np.random.Generator, organisation: Organisation) -> None:
        self.rng, self.org = rng, organisation
        self.folders: list[Folder] = []
        self.names: list[str] = []
        self.folder_of: list[int] = []
        self.sizes: list[int] = []
        self.owners: list[int] = []
        self.created: list[float] = []
        self.modified: list[float] = []
        self.modifiers: list[int] = []
        self.ids: list[str] = []
        self._grow()
        self._weights: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def _grow(self) -> None:
        rng = self.rng
        for team in sorted({p.team for p in self.org.staff}):
            role = ROLES[team // 8][0]
            for _ in range(int(rng.integers(3, 9))):
                word = str(rng.choice(_WORDS[role].split()))
                year = rng.choice(["", " 2022", " 2023", " archive", " clients", " shared"])
                self._folder(
                    f"{word.title()}{year}", f"/{role.title()} {team % 8 + 1}", team, -1, role
                )
        for name in ("All hands", "Templates", "Photos"):
            self._folder(name, "/Company", -1, -1, "operations")
        for person in self.org.people:
            if not person.service:
                for name in ("Documents", "Work", "Scratch")[: int(rng.integers(1, 4))]:
                    role = person.role if person.role in _WORDS else "it"
                    self._folder(name, f"/Users/{person.name}", person.team, person.index, role)

    def _folder(self, name: str, under: str, team: int, owner: int, role: str) -> None:
        index = len(self.folders)
        sensitive = role in _SENSITIVE and self.rng.random() < 0.7
        folder = Folder(index, self.new_id(), name, f"{under}/{name}", team, owner, role, sensitive)
        self.folders.append(folder)
        count = int(min(self.rng.lognormal(3.0 if owner < 0 else 2.5, 1.0) + 2, 400))
        members = [p.index for p in self.org.staff if p.team == team and p.first < 0] or [0]
        for _ in range(count):
            maker = owner if owner >= 0 else int(self.rng.choice(members))
            made = -float(self.rng.exponential(250 * DAY)) - DAY
            folder.initial.append(self.add(self.name(role), index, maker, made))

    def name(self, role: str) -> str:
        """Return a file's name as people of a role would give it."""
        rng = self.rng
        words = _WORDS[role].split()
        first, second = (words[int(i)] for i in rng.integers(0, 8, 2))
        stem = f"{first}{'_ -'[int(rng.integers(0, 3))]}{second}"
        kind = _KINDS[int(np.searchsorted(_CUMULATED, rng.random()))][0]
        number = f" {rng.integers(1, 999)}" if rng.random() < 0.5 else ""
        return f"{stem}{number}{_TAILS[int(rng.integers(0, len(_TAILS)))]}.{kind}"

    def add(self, name: str, folder: int, person: int, time: float, size: int | None = None) -> int:
        """Add a file and return its index."""
        rng = self.rng
        median = _MEDIANS.get(name.rpartition(".")[2], 8e4)
        self.names.append(name)
        self.folder_of.append(folder)
        self.sizes.append(int(median * rng.lognormal(0, 1.6)) + 100 if size is None else size)
        self.owners.append(person)
        self.created.append(time)
        self.modified.append(
            min(time + float(rng.exponential(40 * DAY)), -1.0) if time < 0 else time
        )
        self.modifiers.append(person)
        self.ids.append(self.new_id())
        return len(self.names) - 1

    def new_id(self) -> str:
        """Return an id as the service writes them."""
        rng, service = self.rng, self.org.service
        if service == "box":
            return str(rng.integers(10**11, 2 * 10**12))
        if service == "gdrive":
            return "1" + rng.bytes(16).hex()[:32]
        return "01" + rng.bytes(16).hex().upper()

    def used_by(self, person: Person) -> tuple[np.ndarray, np.ndarray]:
        """Return the folders that somebody works in and the share of each.

        Own folders, the team's, some of other teams' and those of everybody; Zipf by rank within.
        """
        if person.index not in self._weights:
            rng = np.random.default_rng([person.index, len(self.folders)])
            groups = (
                (0.38, [f for f in self.folders if f.owner == person.index]),
                (0.44, [f for f in self.folders if f.owner < 0 and f.team == person.team]),
                (0.12, list(self._guest(person, rng))),
                (0.06, [f for f in self.folders if f.team < 0]),
            )
            which, weights = [], []
            for share, folders in groups:
                order = rng.permutation(len(folders))
                ranks = 1 / (1 + np.arange(len(folders)))
                which += [folders[i].index for i in order]
                weights += list(share * ranks / ranks.sum()) if len(folders) else []
            total = np.array(weights)
            self._weights[person.index] = np.array(which), total / total.sum()
        return self._weights[person.index]

    def _guest(self, person: Person, rng: np.random.Generator) -> list[Folder]:
        other = [f for f in self.folders if f.owner < 0 and f.team not in (-1, person.team)]
        if not other:
            return []
        count = min(len(other), int(rng.integers(1, 5)))
        return [other[i] for i in rng.choice(len(other), count, replace=False)]

    def foreign(self, person: Person, sensitive: bool = True) -> list[int]:
        """Return team folders that somebody does not work in, the sensitive ones first."""
        mine = set(self.used_by(person)[0].tolist())
        other = [f for f in self.folders if f.owner < 0 and f.index not in mine and f.team >= 0]
        other.sort(key=lambda f: (f.sensitive != sensitive, f.index))
        return [f.index for f in other] or list(mine)


_CUMULATED = np.cumsum([k[1] for k in _KINDS]) / sum(k[1] for k in _KINDS)
_MEDIANS = {k[0]: k[3] for k in _KINDS}
