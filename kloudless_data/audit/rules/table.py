"""Rules by name, which nothing can change for everybody else in the process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ...exceptions import InvalidParameter
from .base import Rule

__all__ = ["REMEDY", "RuleTable"]

#: What to do instead of adding a rule to a table.
REMEDY = (
    "Pass your own rules to each audit: audit.find(events, rules=[*audit.RULES, my_rule]), and "
    "likewise to report and Audit."
)


class RuleTable(Mapping[str, Rule]):
    """Rules by name, read-only.

    Parameters
    ----------
    rules : iterable of Rule
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = {rule.name: rule for rule in rules}

    def __getitem__(self, name: str) -> Rule:
        return self._rules[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

    def __repr__(self) -> str:
        return f"RuleTable({', '.join(self._rules)})"

    def __setitem__(self, name: str, rule: Rule) -> None:
        """Refuse: the rule would run in everybody's audits.

        Parameters
        ----------
        name : str
        rule : Rule

        Raises
        ------
        InvalidParameter
            Always, with what to do instead.
        """
        raise InvalidParameter(f"The table of rules cannot be changed. {REMEDY}")
