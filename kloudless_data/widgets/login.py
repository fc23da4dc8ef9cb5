"""`login` and `logout`."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from ..config import Settings, configuration
from ..credentials.find import Found, find_credential, from_environment
from ..credentials.kinds import KINDS
from ..credentials.profiles import (
    Profile,
    chosen_profile,
    credential_missing,
    credential_of,
    wanted_name,
)
from ..exceptions import InvalidParameter, KloudlessException
from ..signin.session import LoginSession, open_sessions
from .environment import in_notebook, need_widgets, show
from .login_terminal import ask_in_terminal, tell

__all__ = ["login", "logout"]


def login(
    token: str | None = None,
    *,
    api_key: str | None = None,
    meta_token: str | None = None,
    base_url: str | None = None,
    api_version: int | str | None = None,
    app_id: str | int | None = None,
    profile: str | None = None,
    remember: bool = False,
    ask: bool | None = None,
) -> LoginSession:
    """Sign in and return the session, asking for a credential if necessary.

    Looks for a credential in the arguments, the named profile (`profile`, or
    ``KLOUDLESS_PROFILE``), the environment (``KLOUDLESS_TOKEN``, ``KLOUDLESS_API_KEY``,
    ``KLOUDLESS_META_TOKEN``), the current profile and the operating system's keyring. If there is
    none, or the server rejects it, a notebook shows a form and a terminal prompts without echo. The
    typed credential is never in the notebook file, the cell's output or the history.

    In a notebook, running the cell again keeps a signed-in session; ``ask=True`` asks again. The
    session is returned while the form still waits. Use it in the next cell, once the form says
    "Signed in".

    Parameters
    ----------
    token, api_key, meta_token : str, optional
        An account's token, an application's API key, or the developer's meta token.
    base_url, api_version : optional
        Override the current `configuration`.
    app_id : str, optional
        Reject an account's token of any other application.
    profile : str, optional
        The name under which ``kloudless-data login`` stored a server and credential.
    remember : bool
        Store the credential in the keyring. In the form, the initial state of the checkbox.
    ask : bool, optional
        True always asks, False never does. By default, asks only if necessary.

    Returns
    -------
    LoginSession
        Use it with ``session.account()``, ``session.client()``, ``pick_account(session)``, …

    Raises
    ------
    MissingPackage
        A form is needed but ipywidgets is not installed.
    InvalidParameter
        No credential was found and nobody can be asked, or the profile is unknown.
    NotSignedIn
        The keyring has no credential for the profile, and nobody can be asked.
    KloudlessException
        The server rejected the credential.

    Examples
    --------
    >>> from kloudless_data.sandbox import Sandbox
    >>> with Sandbox(accounts=1, events=10) as sandbox:
    ...     session = login(sandbox.accounts[0].token, base_url=sandbox.base_url)
    ...     session.identity.service, len(session.account().events().to_frame())
    ('Google Drive', 10)
    """
    given = {"token": token, "api_key": api_key, "meta_token": meta_token}
    named = wanted_name(profile)
    stored = None if any(given.values()) else _profile(named, base_url)
    if stored is not None:
        base_url = base_url or stored.base_url
        api_version = api_version or stored.options.get("api_version")
        app_id = app_id or stored.options.get("app_id")
    settings = configuration.settings(base_url=base_url, api_version=api_version)
    again = ask is None and not any(given.values()) and in_notebook()
    if again and (live := _live(settings, base_url)):
        return live
    session = LoginSession()
    found = None if ask else _find(given, stored, settings.base_url)
    application = None if app_id in (None, "") else str(app_id)
    error = None
    if found is not None:
        error = _try(session, found, settings, application, remember)
        may_ask = ask is None and found.origin != "the argument" and _somebody_is_there()
        if error is not None and not may_ask:
            raise error
    if session.signed_in:
        _announce(session, settings, found)
    else:
        if not (ask is not False and _somebody_is_there()):
            raise _nobody_to_ask(stored)
        _ask(session, settings, application, remember, found, error)
    return session


def logout(session: LoginSession | None = None) -> None:
    """Forget the credential of one or all sessions, including in the keyring.

    Existing accounts and clients keep theirs.

    Parameters
    ----------
    session : LoginSession, optional
        Defaults to every session that `login` returned in this process.

    Raises
    ------
    KeyringUnavailable
        The keyring entry cannot be removed.

    Examples
    --------
    >>> from kloudless_data.sandbox import Sandbox
    >>> with Sandbox(accounts=1, events=10) as sandbox:
    ...     session = login(sandbox.accounts[0].token, base_url=sandbox.base_url)
    >>> logout(session)
    >>> session
    <LoginSession: nobody is signed in>
    """
    for each in open_sessions() if session is None else [session]:
        each.logout()


def _profile(named: str | None, base_url: str | None) -> Profile | None:
    """Return the named profile, or the current one if no other server is set."""
    if named:
        return chosen_profile(named)
    elsewhere = base_url is not None or configuration.settings().server_is_set or from_environment()
    return None if elsewhere else chosen_profile()


def _live(settings: Settings, base_url: str | None) -> LoginSession | None:
    """Return the one session that an earlier run of the cell left signed in, if any."""
    wanted = settings.base_url if base_url or settings.server_is_set else None
    live = [
        session
        for session in open_sessions()
        if session.identity and wanted in (None, session.identity.base_url)
    ]
    return live[0] if len(live) == 1 else None


def _find(given: Mapping[str, str | None], stored: Profile | None, base_url: str) -> Found | None:
    found = None if stored is None else credential_of(stored)
    return found or find_credential(given, base_url)


def _try(
    session: LoginSession, found: Found, settings: Settings, app_id: str | None, remember: bool
) -> KloudlessException | None:
    try:
        session.sign_in(
            found.kind,
            found.credential,
            base_url=settings.base_url,
            api_version=settings.api_version,
            app_id=app_id if KINDS[found.kind].takes_app_id else None,
            remember=remember,
        )
    except KloudlessException as error:
        return error
    return None


def _somebody_is_there() -> bool:
    return in_notebook() or bool(getattr(sys.stdin, "isatty", lambda: False)())


def _announce(session: LoginSession, settings: Settings, found: Found | None) -> None:
    """Show whose credential was found, unless nobody is watching."""
    origin = found.origin if found is not None and found.origin != "the argument" else ""
    if not in_notebook():
        if origin and _somebody_is_there():
            tell(f"Signed in with the credential from {origin}: {session!r}")
        return
    try:
        need_widgets("login")
    except KloudlessException:
        show(session)  # nothing to ask, so no form is needed
        return
    from .login_form import LoginForm

    show(LoginForm(session, settings, origin=origin))


def _nobody_to_ask(stored: Profile | None) -> KloudlessException:
    if stored is not None:
        return credential_missing(stored)
    return InvalidParameter(
        f"A credential is missing: pass {'=, '.join(KINDS)}=, or set "
        f"{', '.join(kind.variable for kind in KINDS.values())}. In a notebook and in a "
        "terminal, login() asks for it."
    )


def _ask(
    session: LoginSession,
    settings: Settings,
    app_id: str | None,
    remember: bool,
    found: Found | None,
    error: KloudlessException | None,
) -> None:
    if not in_notebook():
        if found is not None and error is not None:
            tell(f"The credential from {found.origin} was rejected. {error.message}")
        ask_in_terminal(session, settings, app_id, remember)
        return
    need_widgets("login")
    from .login_form import LoginForm

    form = LoginForm(session, settings, app_id, remember)
    if found is not None and error is not None:
        form.kind.value = found.kind
        form.say(error, found.kind, settings.base_url, found.origin)
    show(form)
