"""What to try, in the words of the forms."""

from __future__ import annotations

from collections.abc import Mapping

from ..exceptions import Remedy

__all__ = ["FORM"]

#: Only the remedies that differ from Python's.
FORM: Mapping[Remedy, str] = {
    Remedy.CHECK_SERVER: "Check the address and the port, and that the server is running.",
    Remedy.CHECK_CREDENTIAL: (
        "Check the credential: it may be mistyped, expired, revoked, or made for another server."
    ),
    Remedy.RAISE_READ_TIMEOUT: "Try again, or raise “Read timeout” in the form of settings().",
    Remedy.RAISE_TOTAL_TIMEOUT: ("Try again, or raise “Longest answer” in the form of settings()."),
    Remedy.TRUST_CERTIFICATE: (
        "Check the address; for a private certificate authority set REQUESTS_CA_BUNDLE to its file "
        "before the kernel starts."
    ),
    Remedy.WITH_TLS: "Start the address with https://.",
    Remedy.PLAIN_HTTP: "Check the port, or start the address with http://.",
    Remedy.SET_SERVER: "Fill in the server's address in the form of settings() or login().",
    Remedy.REPLACE_OUTPUT: "Choose another name, or tick “Replace existing files”.",
    Remedy.RESUME_OUTPUT: "Choose another name, or tick “Replace existing files” to start again.",
    Remedy.RESUME_EXPORT: "Export again to continue.",
    Remedy.RESTART_EXPORT: "Choose another name, or tick “Replace existing files”.",
    Remedy.NAME_ACCOUNT: "Choose an account with pick_account().",
    Remedy.TAKE_FOR_META_TOKEN: "Choose “Meta token” for it.",
    Remedy.NAME_FORMAT: "Choose a name that ends in {ending}.",
    Remedy.CHECK_API: ("Check that the address is a Kloudless API server's; if it is, try again."),
    Remedy.TRUST_SERVER: "If you trust that server, fill in its address.",
    Remedy.KEEP_GOING: "Try again.",
    Remedy.PASS_CREDENTIAL: "Fill in a credential.",
}
