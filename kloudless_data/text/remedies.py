"""What to try after a failure: a code that exceptions carry, and how each reads in Python.

Front ends override the entries that they word differently: the command line in
`kloudless_data.cli.remedies`, the forms in `kloudless_data.widgets.remedies`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

__all__ = ["PYTHON", "Note", "Remedy"]


class Remedy(StrEnum):
    """What to try; each front end has a sentence for each."""

    NONE = "none"
    CORRECT_REQUEST = "correct the request"
    CHECK_CREDENTIAL = "check the credential"
    OTHER_CREDENTIAL = "use another credential"
    CHECK_PATH = "check the path"
    WAIT = "wait"
    SLOW_DOWN = "ask less often"
    ASK_OPERATOR = "ask the server's operator"
    CHECK_SERVER = "check which server is asked"
    RAISE_READ_TIMEOUT = "wait longer for each byte"
    RAISE_TOTAL_TIMEOUT = "wait longer for the whole answer"
    RAISE_BODY_LIMIT = "allow larger answers"
    TRUST_CERTIFICATE = "trust the certificate authority"
    WITH_TLS = "ask with TLS"
    PLAIN_HTTP = "ask without TLS, or at another port"
    CHECK_PROXY = "check the proxy"
    SET_SERVER = "say which server"
    REPLACE_OUTPUT = "allow the file to be replaced"
    RESUME_OUTPUT = "go on with an interrupted export"
    RESUME_EXPORT = "repeat the export, from where it stopped"
    RESTART_EXPORT = "start the export again"
    NAME_ACCOUNT = "say which account"
    MAKE_ARCHIVE = "make the archive"
    MAKE_SNAPSHOT = "take the first snapshot of access"
    NAME_REPORT = "say which form the report has"
    NAME_LOG = "say which log it is"
    IMPORT_LOG = "make events of the log"
    TAKE_FOR_META_TOKEN = "sign in with it as a meta token"  # noqa: S105  # not one
    SAY_MOVED = "say that the server moved"
    NAME_FORMAT = "choose a name and a format that fit"
    CHECK_API = "check that the server has this API"
    TRUST_SERVER = "make another server the configured one"
    CHECK_PAGING = "check where answers name the next page"
    SEE_UNCHANGED = "look at the answer as it came"
    NAME_ITEM = "say which item"
    WRITE_REVIEW = "write a workbook for a review"
    KEEP_GOING = "keep what can be read"
    PASS_CREDENTIAL = "pass a credential"  # noqa: S105  # not one
    SIGN_IN_AGAIN = "sign in again with the profile"
    OTHER_PROFILE = "use another profile"
    INSTALL_KEYRING = "install a keyring that encrypts"


#: How the remedies read in Python. `KloudlessException.worded` fills in the exception's details.
PYTHON: Mapping[Remedy, str] = {
    Remedy.NONE: "",
    Remedy.CORRECT_REQUEST: (
        "The server's message above says why; correct the request and try again."
    ),
    Remedy.CHECK_CREDENTIAL: (
        "Check the token or API key: it may be mistyped, expired, revoked, or made for another "
        "server than base_url."
    ),
    Remedy.OTHER_CREDENTIAL: (
        "The credential is valid but may not do this; use one with the scope or role for it."
    ),
    Remedy.CHECK_PATH: "Check the path, the ids in it, and the API version.",
    Remedy.WAIT: "Try again in {retry_after:.0f} s.",
    Remedy.SLOW_DOWN: (
        "Wait before trying again, or ask for larger pages so that fewer requests are needed."
    ),
    Remedy.ASK_OPERATOR: (
        "The fault is the server's: try again later, or give its operator the request id."
    ),
    Remedy.CHECK_SERVER: (
        "Check that base_url names the right server and port, and that the server is running."
    ),
    Remedy.RAISE_READ_TIMEOUT: (
        "Try again, or raise configuration['read_timeout'] if the server is known to be slow."
    ),
    Remedy.RAISE_TOTAL_TIMEOUT: (
        "Ask for smaller pages, or raise configuration['total_timeout'] if the server is known to "
        "be slow."
    ),
    Remedy.RAISE_BODY_LIMIT: (
        "Ask for smaller pages, or raise configuration['max_body_bytes'] if the answer is meant "
        "to be this large."
    ),
    Remedy.TRUST_CERTIFICATE: (
        "Check base_url; for a private certificate authority set REQUESTS_CA_BUNDLE to its file."
    ),
    Remedy.WITH_TLS: "Start base_url with https://.",
    Remedy.PLAIN_HTTP: "Check the port, or start base_url with http://.",
    Remedy.CHECK_PROXY: "Correct {setting}, or add the server to NO_PROXY.",
    Remedy.SET_SERVER: (
        "Set KLOUDLESS_BASE_URL, or configuration['base_url'], or try `kloudless-data sandbox`."
    ),
    Remedy.REPLACE_OUTPUT: "Choose another name, or replace it with force=True.",
    Remedy.RESUME_OUTPUT: "Continue it with resume=True, or start again with force=True.",
    Remedy.RESUME_EXPORT: "Continue with the same call and resume=True.",
    Remedy.RESTART_EXPORT: "Start again with force=True and without resume.",
    Remedy.NAME_ACCOUNT: "Pass its account_id; Client(api_key=…).get('accounts') lists them.",
    Remedy.MAKE_ARCHIVE: "Make one with Archive(path).sync(accounts).",
    Remedy.MAKE_SNAPSHOT: "Make one with Access(path).snapshot(client).",
    Remedy.NAME_REPORT: "Use a name that ends in .html, .md, .xlsx or .json, or pass format=.",
    Remedy.NAME_LOG: "Name one with format=, or describe yours: see docs/logs.md.",
    Remedy.IMPORT_LOG: "If it is a service's own log, pass read_log(path) instead.",
    Remedy.TAKE_FOR_META_TOKEN: "Pass it as meta_token=.",
    Remedy.SAY_MOVED: (
        "If the server moved, say so once with {call}(…, moved=True); else use another folder."
    ),
    Remedy.NAME_FORMAT: "Use {method}, or a name that ends in {ending}.",
    Remedy.CHECK_API: ("Check that base_url names a Kloudless API server; if it does, try again."),
    Remedy.TRUST_SERVER: (
        "If you trust that server, make it the base_url, or fetch the URL without this client."
    ),
    Remedy.CHECK_PAGING: "Check next_page and page_parameter.",
    Remedy.SEE_UNCHANGED: "account.raw(…) returns the answer unchanged.",
    Remedy.NAME_ITEM: (
        "Pass its id, as in list_folder, or its location, and its account if there are several."
    ),
    Remedy.WRITE_REVIEW: "Write one with Access.to_excel.",
    Remedy.KEEP_GOING: (
        "The others are in .frame. Ask again, or keep what can be read with on_error='collect'."
    ),
    Remedy.PASS_CREDENTIAL: (
        "Pass token= (an account's or the meta token) or api_key= (the application's), or set "
        "KLOUDLESS_TOKEN or KLOUDLESS_API_KEY."
    ),
    Remedy.SIGN_IN_AGAIN: (
        "Sign in again with `kloudless-data login --profile {profile}`, or set {variable}."
    ),
    Remedy.OTHER_PROFILE: "Choose another profile; `kloudless-data profiles` lists them.",
    Remedy.INSTALL_KEYRING: (
        "Install one that encrypts, such as the Secret Service (gnome-keyring or KWallet) with "
        "`pip install secretstorage`, or set {variable} in the environment instead."
    ),
}


class Note(str):
    """A note on an exception, for `add_note`: facts, and what to try in Python's words.

    Parameters
    ----------
    facts : str
    remedy : Remedy

    Examples
    --------
    >>> note = Note("10 events are kept.", Remedy.RESUME_EXPORT)
    >>> note
    '10 events are kept. Continue with the same call and resume=True.'
    >>> note.worded({Remedy.RESUME_EXPORT: "Use --resume."})
    '10 events are kept. Use --resume.'
    """

    facts: str
    remedy: Remedy

    def __new__(cls, facts: str, remedy: Remedy = Remedy.NONE) -> Note:
        """Write the note in Python's words."""
        made = super().__new__(cls, f"{facts} {PYTHON[remedy]}".rstrip())
        made.facts, made.remedy = facts, remedy
        return made

    def worded(self, remedies: Mapping[Remedy, str]) -> str:
        """Return the note in a front end's words.

        Parameters
        ----------
        remedies : mapping of Remedy to str
            The front end's sentences; a remedy without one gets Python's.
        """
        return f"{self.facts} {remedies.get(self.remedy, PYTHON[self.remedy])}".rstrip()
