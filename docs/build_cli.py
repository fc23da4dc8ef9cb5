"""Write docs/cli.md from the commands' own help: ``python docs/build_cli.py``."""

from __future__ import annotations

from pathlib import Path

import click

from kloudless_data.cli import cli


def commands(command: click.Command, words: list[str]) -> list[tuple[list[str], click.Command]]:
    """Return a command and all below it, with the words that call them."""
    found = [(words, command)]
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            found += commands(child, [*words, name])
    return found


def page() -> str:
    """Return the text of docs/cli.md."""
    parts = ["# Every command\n\nWritten by `python docs/build_cli.py` from `--help`.\n"]
    for words, command in commands(cli, ["kloudless-data"]):
        context = click.Context(
            command,
            info_name=" ".join(words),
            terminal_width=90,
            max_content_width=90,
            help_option_names=["-h", "--help"],
        )
        parts.append(f"## {' '.join(words)}\n\n```\n{command.get_help(context)}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    Path(__file__).with_name("cli.md").write_text(page(), encoding="utf-8")
