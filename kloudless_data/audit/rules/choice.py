"""Which rules an audit runs."""

from __future__ import annotations

from collections.abc import Iterable

from ...exceptions import InvalidParameter
from . import RULES, Rule

__all__ = ["chosen_rules"]


def chosen_rules(rules: Iterable[str | Rule] | str | Rule | None) -> list[Rule]:
    """Return the chosen rules, each once; without a choice, all of `RULES`.

    Parameters
    ----------
    rules : iterable of str or Rule, str, Rule, or None
        Names from `RULES`, or rules.

    Returns
    -------
    list of Rule

    Raises
    ------
    InvalidParameter
        No rule has that name, or something is not a rule.
    """
    if rules is None:
        return list(RULES.values())
    if isinstance(rules, (str, Rule)):
        rules = [rules]
    chosen: list[Rule] = []
    for one in rules:
        found = _rule_named(one) if isinstance(one, str) else one
        if not isinstance(found, Rule):
            raise InvalidParameter(
                f"{found!r} is not a rule: pass a name, or a rule from audit.rules."
            )
        if found not in chosen:
            chosen.append(found)
    return chosen


def _rule_named(name: str) -> Rule:
    if name not in RULES:
        raise InvalidParameter(
            f"There is no rule {name!r}. Choose from: {', '.join(RULES)}; or pass a rule of your "
            "own itself, not its name."
        )
    return RULES[name]
