"""The prompts of `login` in a terminal."""

from __future__ import annotations

import getpass
import sys

from ..config import Settings
from ..credentials.kinds import KINDS
from ..exceptions import ConnectionFailed, KeyringUnavailable, KloudlessException, NoServer
from ..signin.identity import explain
from ..signin.session import LoginSession
from ..util import one_line

__all__ = ["ask_in_terminal", "tell"]

_ATTEMPTS = 3


def ask_in_terminal(
    session: LoginSession, settings: Settings, app_id: str | None, remember: bool
) -> None:
    """Ask until the server accepts a credential, at most three times.

    Parameters
    ----------
    session : LoginSession
        The session to sign in.
    settings : Settings
        Supplies the default server.
    app_id : str or None
    remember : bool

    Raises
    ------
    NoServer
        No server was given.
    ConnectionFailed
        The server does not answer.
    KloudlessException
        The last credential was rejected too.
    """
    base_url = _answer("Server", settings.base_url if settings.server_is_set else "")
    if not base_url:
        raise NoServer
    kinds = dict(enumerate(KINDS, start=1))
    choice = ", ".join(f"{number} {KINDS[kind].label.lower()}" for number, kind in kinds.items())
    number = _answer(f"Which credential ({choice})", "1")
    kind = kinds.get(int(number) if number.isdigit() else 1, "token")
    for attempt in range(1, _ATTEMPTS + 1):
        secret = getpass.getpass(f"{KINDS[kind].label} (not shown): ")
        try:
            session.sign_in(
                kind,
                secret,
                base_url=base_url,
                api_version=settings.api_version,
                app_id=app_id,
                remember=remember,
            )
        except KeyringUnavailable as error:
            tell(error.message)
            return
        except ConnectionFailed:
            raise  # another credential would not help
        except KloudlessException as error:
            tell("{}. {}".format(*explain(error, kind, base_url)))
            if attempt == _ATTEMPTS:
                raise
        else:
            return


def tell(text: str) -> None:
    """Print a line to standard error, apart from the program's output."""
    sys.stderr.write(one_line(text) + "\n")


def _answer(question: str, default: str) -> str:
    # input() writes to standard output only if that is a terminal, as it is here.
    proposed = f" [{default}]" if default else ""
    return input(f"{question}{proposed}: ").strip() or default
