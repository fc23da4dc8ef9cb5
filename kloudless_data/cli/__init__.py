"""The ``kloudless-data`` command: the package's verbs, with the same names."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from typing import Any, TextIO

import click

from ..config import configuration
from ..display.console import escape_what_stdout_lacks
from ..exceptions import (
    ExportInterrupted,
    InvalidParameter,
    KloudlessException,
    LocalSetupFailed,
    Note,
    UntrustedURL,
)
from ..storage.filesystem import reason
from ..util import logger, shown
from ..version import __version__
from .access import access_group
from .archive import archive_group
from .audit import audit_group
from .content import calendars_group, folder_group, raw_group, subscriptions_group
from .echo import echo
from .events import events_group
from .listings import (
    accounts_group,
    applications_group,
    developers_group,
    groups_group,
    invoices_group,
    licenses_group,
    links_group,
    permissions_group,
    usage_group,
    users_group,
)
from .login import login, logout, profiles_group, whoami
from .logs import logs_group
from .remedies import COMMAND_LINE
from .sandbox import demo, sandbox
from .summary import events_summary
from .verify import verify
from .webhook import webhook

__all__ = ["cli", "main"]

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130
#: Parameters whose option has another name.
_OPTIONS = {"types": "type", "people": "person"}


class _Piped(Exception):
    """The program that reads standard output, such as ``head``, has exited."""


class _Group(click.Group):
    """Keeps click from making an exit status of a broken pipe."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Read the arguments, and print the help or the version if they ask for it."""
        try:
            return super().make_context(*args, **kwargs)
        except BrokenPipeError:
            raise _Piped from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise _Piped from None


@click.group(
    cls=_Group,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Try it without a server or an account: kloudless-data demo",
)
@click.version_option(__version__, prog_name="kloudless-data", message="%(prog)s %(version)s")
def cli() -> None:
    """Account activity and listings from the Kloudless API, for pandas."""


events_group.add_command(events_summary)
for command in (
    login, whoami, logout, profiles_group,
    events_group, accounts_group, folder_group, calendars_group, subscriptions_group, raw_group,
    applications_group, usage_group, licenses_group, invoices_group, developers_group,
    users_group, groups_group, permissions_group, links_group,
    archive_group, webhook, audit_group, access_group, logs_group, verify, sandbox, demo,
):  # fmt: skip
    cli.add_command(command)


def _tell_whole_sentences(command: click.Command) -> None:
    """Show the whole first sentence of each help text in lists of commands; click cuts it."""
    command.short_help = (command.help or "").partition("\n\n")[0].partition(". ")[0].rstrip(
        "."
    ) + "."
    for below in getattr(command, "commands", {}).values():
        _tell_whole_sentences(below)


_tell_whole_sentences(cli)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    arguments : sequence of str, optional
        Defaults to those of the process.

    Returns
    -------
    int
        0 for success, 1 for failure, 2 for wrong usage, 130 if interrupted.
    """
    escape_what_stdout_lacks()
    given = list(sys.argv[1:] if arguments is None else arguments)
    called = arguments is not None
    with _signals(restored=called), _settings() if called else contextlib.nullcontext():
        try:
            return _run(given)
        except (BrokenPipeError, _Piped):  # `| head` has read enough
            _silence(sys.stdout)
            return OK
        except OSError as error:
            # For example, standard output is on a full disk. The rest of the buffer cannot be
            # written.
            _silence(sys.stdout)
            where = f"{error.filename}: " if error.filename else ""
            echo(f"error: {shown(f'{where}{reason(error)}')}", err=True)
            return FAILED


@contextlib.contextmanager
def _signals(*, restored: bool) -> Iterator[None]:
    """Make SIGTERM, which stops containers, act like Ctrl-C.

    At the end of a process nothing is `restored`, so a second Ctrl-C stays ignored.
    """
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    with contextlib.suppress(ValueError):  # not in the main thread
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        with contextlib.suppress(ValueError, TypeError):
            for number, handler in before.items() if restored else ():
                signal.signal(number, handler)


@contextlib.contextmanager
def _settings() -> Iterator[None]:
    """Restore what commands set for their process: levels of logging and the time zone."""
    levels = {one: one.level for one in (logger, logging.getLogger("urllib3"))}
    with configuration.restored():
        try:
            yield
        finally:
            for one, level in levels.items():
                one.setLevel(level)


def _silence(stream: TextIO) -> None:
    """Discard pending output to a closed stream silently."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _run(given: Sequence[str]) -> int:
    """Run the command, and turn its exceptions into exit statuses."""
    # Our own message about a retry says how long it waits; urllib3's says less.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    logger.setLevel(logging.INFO)
    try:
        # Outside standalone mode, click raises its exceptions and returns exit statuses.
        status = cli.main(given, prog_name="kloudless-data", standalone_mode=False)
    except click.ClickException as error:
        return _refuse(error)
    except (KeyboardInterrupt, click.Abort) as error:
        _ignore_interrupts()
        if isinstance(error.__cause__, ExportInterrupted):  # click turns it into an Abort
            return _fail(error.__cause__, given, INTERRUPTED)
        echo("Interrupted. What was printed is incomplete; no file is half-written.", err=True)
        return INTERRUPTED
    except (LocalSetupFailed, UntrustedURL) as error:  # not a usage error
        return _fail(error, given, FAILED)
    except InvalidParameter as error:
        return _fail(error, given, USAGE)
    except KloudlessException as error:
        return _fail(error, given, FAILED)
    sys.stdout.flush()  # here, where an error can still be reported
    return status if isinstance(status, int) else OK


def _refuse(error: click.ClickException) -> int:
    """Report what click rejects, in the form of all other errors."""
    # Newer versions raise this for a group without a command: its help.
    if isinstance(error, getattr(click.exceptions, "NoArgsIsHelpError", ())):
        error.show()
        return USAGE
    echo(f"error: {shown(error.format_message())}", err=True)
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None:
        echo(f"See: {context.command_path} --help", err=True)
    return USAGE if isinstance(error, click.UsageError) else FAILED


def _ignore_interrupts() -> None:
    """Keep a second Ctrl-C from interrupting the message about the first."""
    with contextlib.suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _fail(error: KloudlessException, given: Sequence[str], status: int) -> int:
    if "--debug" in given:
        import traceback

        for line in traceback.format_exc().splitlines():
            echo(shown(line), err=True)
    echo(f"error: {shown(_with_options(error, given))}", err=True)
    for note in getattr(error, "__notes__", ()):
        echo(shown(note.worded(COMMAND_LINE) if isinstance(note, Note) else note), err=True)
    return status


def _with_options(error: KloudlessException, given: Sequence[str]) -> str:
    """Return an error's text, with the option that was given wrongly instead of the parameter."""
    text = error.worded(COMMAND_LINE)
    name = getattr(error, "parameter", "").rstrip(":")
    option = "--" + _OPTIONS.get(name, name).replace("_", "-")
    was_given = any(one.partition("=")[0] == option for one in given)
    shown_as = option if was_given else _argument(name, given)
    return shown_as + text.removeprefix(name) if name and shown_as else text


def _argument(name: str, given: Sequence[str]) -> str:
    """Return how the help names the command's argument that a parameter is; "" if none is."""
    command: click.Command = cli
    for word in given:
        command = getattr(command, "commands", {}).get(word, command)
    arguments = (one for one in command.params if isinstance(one, click.Argument))
    return next((one.human_readable_name for one in arguments if one.name == name), "")
