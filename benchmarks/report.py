"""A benchmark's results and their tables."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["Goal", "Report", "Row"]


@dataclass(frozen=True)
class Row:
    """One measurement.

    Attributes
    ----------
    what : str
    figure : float
        The median of the rounds.
    unit : str
    ratio : str
        To a peer of the same run, in words.
    """

    what: str
    figure: float
    unit: str
    ratio: str = ""


@dataclass(frozen=True)
class Goal:
    """A goal, and the figure measured.

    Attributes
    ----------
    text : str
    figure, limit : float
    at_least : bool
        Whether the figure must be at least the limit; otherwise, at most.
    unit : str
    """

    text: str
    figure: float
    limit: float
    at_least: bool = False
    unit: str = ""

    @property
    def reached(self) -> bool:
        """Whether the figure is on the right side of the limit."""
        return self.figure >= self.limit if self.at_least else self.figure <= self.limit


@dataclass
class Report:
    """The rows and goals of one benchmark.

    A matrix, whose first line is its header, replaces in the text the rows whose figures it has.
    """

    name: str
    how: str
    rows: list[Row] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    matrix: list[tuple[str, ...]] = field(default_factory=list)

    def add(self, what: str, figure: float, unit: str, ratio: str = "") -> None:
        """Add a row."""
        self.rows.append(Row(what, figure, unit, ratio))

    def as_dict(self) -> dict[str, Any]:
        """Return what ``--json`` prints."""
        goals = [{**asdict(goal), "reached": goal.reached} for goal in self.goals]
        return {"name": self.name, "how": self.how, "rows": list(map(asdict, self.rows)),
                "goals": goals}  # fmt: skip

    def as_text(self) -> str:
        """Return the tables as Markdown that is aligned for terminals too."""
        measured = [(row.what, f"{_number(row.figure)} {row.unit}", row.ratio) for row in self.rows]
        goals = [
            (goal.text, f"{goal.figure:.3g} {goal.unit}".strip(),
             "reached" if goal.reached else "not reached")
            for goal in self.goals
        ]  # fmt: skip
        head, *lines = self.matrix or [("", "median", "ratio"), *measured]
        found = f"{self.how}\n\n{_table(head, lines)}\n"
        return found + (_table(("goal", "figure", ""), goals) if goals else "")


def _number(figure: float) -> str:
    return f"{figure:,.0f}" if figure >= 1000 else f"{figure:.3g}"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [head, tuple("-" * max(width, 3) for width in widths), *rows]
    return "".join(
        f"| {' | '.join(map(str.ljust, line, widths))} |\n"  # a dash longer than its column is fine
        for line in lines
    )
