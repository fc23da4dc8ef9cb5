"""Print a message: the only place where the command writes text to a terminal itself."""

from __future__ import annotations

import click

from ..text.terminal import one_line

__all__ = ["echo"]


def echo(message: object = "", *, err: bool = False, nl: bool = True) -> None:
    r"""Print a message whose text may come from a server.

    Parameters
    ----------
    message : object
        Line feeds and tabs are printed; every other control character, and characters that reorder
        or hide text, are escaped.
    err : bool
        To standard error.
    nl : bool
        End with a line feed.

    Examples
    --------
    >>> echo("kind: \x1b[2J")
    kind: \x1b[2J
    """
    lines = str(message).split("\n")
    safe = ("\t".join(map(one_line, line.split("\t"))) for line in lines)
    click.echo("\n".join(safe), err=err, nl=nl)
