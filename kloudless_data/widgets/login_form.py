"""The form of `login` in a notebook."""

from __future__ import annotations

import html

import ipywidgets

from ..config import Settings
from ..credentials.kinds import KINDS
from ..exceptions import KeyringUnavailable, KloudlessException, NoServer
from ..http.urls import EXAMPLE_URL
from ..signin.identity import explain
from ..signin.session import LoginSession
from .panel import Panel, field, message, notice, row
from .remedies import FORM
from .secret import SecretField

__all__ = ["LoginForm"]


class LoginForm(Panel):
    """Asks for a credential, verifies it, and shows whose it is.

    Parameters
    ----------
    session : LoginSession
        The session to sign in and out.
    settings : Settings
        Supplies the initial server.
    app_id : str or None
    remember : bool
        The initial state of the checkbox.
    origin : str
        Where the credential was found, if the session is already signed in.
    """

    def __init__(
        self,
        session: LoginSession,
        settings: Settings,
        app_id: str | None = None,
        remember: bool = False,
        origin: str = "",
    ) -> None:
        self._session = session
        self._make_fields(settings, app_id, remember)
        self._message = message()
        self._facts = ipywidgets.HTML()
        self._out = ipywidgets.Button(
            description="Sign out", tooltip="Forget the credential, including in the keyring"
        )
        self._other = ipywidgets.Button(description="Use another one")
        self._out.on_click(lambda _: self._sign_out())
        self._other.on_click(lambda _: self._show_form())
        self._card = ipywidgets.VBox([self._facts, row(self._out, self._other)])
        super().__init__("Log in to Kloudless", [self._form, self._message, self._card])
        if session.signed_in:
            self._show_card(f"Found in {origin}." if origin else "")
        else:
            self._show_form()

    def _make_fields(self, settings: Settings, app_id: str | None, remember: bool) -> None:
        versions = sorted({1, 2, settings.api_version})
        self.base_url = field(
            ipywidgets.Text(
                settings.base_url if settings.server_is_set else "",
                description="Server",
                placeholder=EXAMPLE_URL,
            )
        )
        self.api_version = field(
            ipywidgets.Dropdown(
                options=versions, value=settings.api_version, description="API version"
            )
        )
        self.kind = field(
            ipywidgets.Dropdown(
                options=[(kind.label, name) for name, kind in KINDS.items()],
                description="Credential",
            )
        )
        self.app_id = field(
            ipywidgets.Text(
                str(app_id or ""),
                description="Application id",
                placeholder="optional: refuse tokens of other applications",
            )
        )
        self.secret = SecretField("Account token", "Sign in", self.submit)
        self.remember = ipywidgets.Checkbox(
            remember,
            description="Remember it in this computer's keyring",
            indent=False,
            layout={"margin": "2px 2px 2px 142px", "width": "auto"},
        )
        self.kind.observe(self._kind_changed, "value")
        self._form = ipywidgets.VBox(
            [self.base_url, self.api_version, self.kind, self.app_id, self.secret, self.remember]
        )

    def _kind_changed(self, change: dict[str, str]) -> None:
        self.secret.label = KINDS[change["new"]].label
        shown = KINDS[change["new"]].takes_app_id
        self.app_id.layout.display = None if shown else "none"

    def submit(self, secret: str) -> None:
        """Verify a credential, using the values of the other fields."""
        kind, base_url = self.kind.value, self.base_url.value.strip()
        app_id = self.app_id.value.strip() if KINDS[kind].takes_app_id else ""
        if not base_url:
            self.say(NoServer(), kind, base_url)
            return
        self._message.value = notice(f"Verifying the credential with {base_url} …")
        try:
            self._session.sign_in(
                kind,
                secret,
                base_url=base_url,
                api_version=self.api_version.value,
                app_id=app_id or None,
                remember=self.remember.value,
            )
        except KeyringUnavailable as error:
            self._show_card(error.worded(FORM))
        except KloudlessException as error:
            self.say(error, kind, base_url)
        else:
            self._show_card("Remembered in the keyring." if self.remember.value else "")

    def say(self, error: KloudlessException, kind: str, base_url: str, found: str = "") -> None:
        """Show why the sign-in failed.

        Parameters
        ----------
        error : KloudlessException
            Why the sign-in failed.
        kind : str
            The credential's kind.
        base_url : str
            The server that was asked.
        found : str, optional
            Where the credential was found, if it was not typed.
        """
        headline, text = explain(error, kind, base_url)
        prefix = f"Tried the credential from {found}. " if found else ""
        self._message.value = notice(prefix + text, headline, "error")

    def _show_form(self) -> None:
        self._form.layout.display, self._card.layout.display = None, "none"
        self._message.value = ""

    def _show_card(self, note: str) -> None:
        identity = self._session.identity
        if identity is None:
            return
        rows = "".join(
            f'<tr><th scope="row">{html.escape(name)}</th><td>{html.escape(text)}</td></tr>'
            for name, text in identity.rows()
        )
        self._facts.value = f'<table class="kd-facts"><tbody>{rows}</tbody></table>'
        said = f"{KINDS[identity.kind].label} of {identity.title}. {note}".strip()
        self._message.value = notice(said, "Signed in", "good")
        self._form.layout.display, self._card.layout.display = "none", None

    def _sign_out(self) -> None:
        self._session.logout()
        self._show_form()
        self._message.value = notice("The credential is forgotten.", "Signed out")
