"""The root of the exceptions, and those about a wrong argument or setting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests

from ..text.answers import without_credential
from ..text.redaction import shown
from ..text.remedies import PYTHON, Remedy
from ..text.tracebacks import short_traceback

__all__ = [
    "InvalidParameter",
    "KloudlessException",
    "LocalSetupFailed",
    "NoServer",
    "UnknownProfile",
    "UnknownSetting",
    "UntrustedURL",
]

_LONGEST = 4_000  # characters of a message


class KloudlessException(Exception):
    """Base class of every exception that this package raises deliberately.

    Parameters
    ----------
    message : str, optional
        What happened, and what to do about it unless `remedy` says that. Defaults to
        `default_message`.
    remedy : Remedy, optional
        What to do about it.
    **details
        Values for the remedy's sentence, such as ``retry_after``.

    Attributes
    ----------
    message : str
        The text of ``str(exception)``: the facts and, in Python's terms, the remedy.
    facts : str
        What happened, without the remedy.
    record : str
        The facts and the request's id, for logs and files.
    remedy : Remedy
    details : dict
    """

    default_message = "Something went wrong."
    default_remedy = Remedy.NONE
    #: True if repeating the request may help.
    may_pass = False

    def __init__(self, message: str = "", *, remedy: Remedy | None = None, **details: Any) -> None:
        self.facts = _safe(message or self.default_message)
        self.remedy = self.default_remedy if remedy is None else remedy
        self.details = details
        self.message = self.worded(PYTHON)
        # Not super(): the constructors of `requests` would drop the response.
        Exception.__init__(self, self.message)

    def __str__(self) -> str:
        return self.message

    @property
    def record(self) -> str:
        """What happened, for logs and files: no remedy, whose words depend on the reader."""
        return _safe(" ".join(filter(None, (self.facts, self._after_remedy()))))

    def worded(self, remedies: Mapping[Remedy, str]) -> str:
        """Return the message in a front end's terms.

        Parameters
        ----------
        remedies : mapping of Remedy to str
            The front end's sentences; a remedy without one gets Python's.

        Returns
        -------
        str

        Examples
        --------
        >>> error = ConnectionFailed(message="Nothing answers.")
        >>> error.worded({Remedy.CHECK_SERVER: "Check --base-url."})
        'Nothing answers. Check --base-url.'
        """
        sentence = remedies.get(self.remedy, PYTHON[self.remedy]).format(**self.details)
        parts = (self._facts_in(remedies), sentence, self._after_remedy())
        return _safe(" ".join(filter(None, parts)))

    def _facts_in(self, remedies: Mapping[Remedy, str]) -> str:
        """Return what happened; for several failures, each with its remedy."""
        return self.facts

    def _after_remedy(self) -> str:
        """Return the last part of a message, after the remedy."""
        return ""

    def _render_traceback_(self) -> list[str]:
        """Return what IPython prints; Python itself does not ask."""
        return short_traceback(self)

    def __reduce__(self) -> tuple[Any, ...]:
        state = {
            name: without_credential(value) if isinstance(value, requests.Response) else value
            for name, value in self.__dict__.items()
            if name != "request"
        }
        return _rebuilt, (type(self), self.args, state)


def _rebuilt(
    kind: type[KloudlessException], args: tuple[Any, ...], state: dict[str, Any]
) -> KloudlessException:
    """Rebuild an exception from its pickle without calling a constructor."""
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(state)
    return error


def _safe(text: str) -> str:
    """Return a message on one line and without credentials."""
    text = shown(text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


class InvalidParameter(KloudlessException, ValueError):
    """An argument or setting is wrong; no request was made.

    Parameters
    ----------
    message : str
        The problem as a sentence, without its subject if `parameter` is given.
    parameter : str, optional
        The sentence's subject, such as ``"page_size"``; or ``"since:"`` before a whole sentence. A
        front end may use another name for it.

    Attributes
    ----------
    problem : str
        The sentence without its subject.
    """

    default_message = "The parameter is not valid."

    def __init__(
        self,
        message: str = "",
        *,
        parameter: str = "",
        remedy: Remedy | None = None,
        **details: Any,
    ) -> None:
        self.parameter = parameter
        self.problem = _safe(message)
        whole = f"{parameter} {message}" if parameter else message
        super().__init__(whole, remedy=remedy, **details)


class UnknownSetting(InvalidParameter, KeyError):
    """No setting has that name."""


class UnknownProfile(InvalidParameter):
    """No profile has that name."""


class NoServer(InvalidParameter):
    """No server is configured; the hosted service no longer answers."""

    default_message = "No server is set."
    default_remedy = Remedy.SET_SERVER


class UntrustedURL(InvalidParameter):
    """A URL does not belong to the configured server, so credentials may not go there."""

    default_message = "The URL is not on the configured server."


class LocalSetupFailed(InvalidParameter):
    """A proxy or certificate file on this machine blocks requests."""

    default_message = "This machine's network settings do not work."
