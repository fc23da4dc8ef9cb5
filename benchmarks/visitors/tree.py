"""Folders and files."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .chance import Chance
from .lines import DAY
from .records import File, Folder, Person

__all__ = ["MIME", "TEAMS", "Team", "Tree"]


@dataclass(frozen=True)
class Team:
    """What a department keeps and how many of a hundred people it has."""

    share: int
    folders: tuple[str, ...]
    topics: tuple[str, ...]
    types: tuple[str, ...]


def _team(line: str) -> tuple[str, Team]:
    name, share, *parts = line.split("|")
    folders, topics, types = (tuple(part.split(",")) for part in parts)
    return name, Team(int(share), folders, topics, types)


# department, share of people; folders; topics; types of files
_TEAMS = """
Leadership|4|Board,Strategy,Acquisitions|board minutes,strategy,forecast,term sheet|pptx,docx,pdf
Finance|8|Invoices,Payroll,Budget,Quarter close|invoice,payroll,budget,ledger,statement|xlsx,pdf
IT|5|Networks,Accounts and keys,Inventory|network plan,recovery keys,vpn guide|docx,txt,xlsx
Engineering|24|Design,Specs,Releases,Source exports|spec,drawing,test report,build|docx,md,zip,dwg
Sales|17|Offers,Customer lists,Forecasts,Meetings|offer,price list,account,notes|xlsx,docx,pdf,pptx
Operations|16|Schedules,Suppliers,Quality|plan,checklist,supplier,inspection|xlsx,pdf
Support|11|Cases,Manuals,Reports|case,manual,summary,log|pdf,docx,zip
Marketing|8|Campaigns,Press,Brand|campaign,brief,banner,release|pptx,png,jpg,docx
People|4|Personnel files,Recruiting,Salaries|contract,review,application,salaries|docx,pdf,xlsx
Legal|3|Agreements,Disputes,Patents|agreement,nda,opinion,claim|docx,pdf
"""
TEAMS = dict(_team(line) for line in _TEAMS.strip().splitlines())
MIME = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "pdf": "application/pdf", "txt": "text/plain", "md": "text/markdown", "png": "image/png",
    "jpg": "image/jpeg", "zip": "application/zip", "dwg": "image/vnd.dwg",
}  # fmt: skip
_LARGE = {"zip": 40.0, "dwg": 12.0, "jpg": 10.0, "pptx": 12.0, "png": 3.0}


class Tree:
    """All folders and files."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self.folders: list[Folder] = []

    def folder(self, name: str, parent: Folder | None = None, team: str = "") -> Folder:
        """Make a folder."""
        team = team or (parent.team if parent else "")
        made = Folder(self._chance.digits(12), name, parent, team)
        self.folders.append(made)
        return made

    def at(self, path: str) -> Folder | None:
        """Return the folder at a path."""
        return next((one for one in self.folders if one.path == path), None)

    def name(self, team: str, now: float) -> str:
        """Draw a file's name."""
        chance, one = self._chance, TEAMS.get(team, TEAMS["Operations"])
        tail = chance.choice(("", " v2", " final", f" {2023 + int(now // (365 * DAY))}", " draft"))
        return f"{chance.choice(one.topics)} {chance.digits(4)}{tail}.{chance.choice(one.types)}"

    def file(self, folder: Folder, name: str, owner: Person, now: float) -> File:
        """Make a file; sizes are log-normal."""
        typical = 60_000 * _LARGE.get(name.rsplit(".", 1)[-1], 1.0)
        size = int(self._chance.around(typical, 1.5)) + 1
        made = File(self._chance.digits(13), name, folder, size, now, now, owner, owner)
        folder.files.append(made)
        return made

    def fill(self, folder: Folder, owners: list[Person], median: float) -> None:
        """Put files of the last three years into a folder, oldest first."""
        number = math.ceil(self._chance.around(median, 0.7))
        ages = sorted(self._chance.expovariate(1 / (250 * DAY)) for _ in range(number))
        for age in reversed(ages):
            name = self.name(folder.team, -age)
            made = self.file(folder, name, self._chance.choice(owners), -age)
            made.modified = -age * self._chance.random()

    def within(self, *folders: Folder) -> list[File]:
        """Return the files in some folders, oldest first in each."""
        return [file for folder in folders for file in folder.files if not file.gone]
