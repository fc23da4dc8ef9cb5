"""The programs that people and robots use, and their versions.

Browsers and synchronisation programs update about every four weeks, each device some days after the
release; some devices hardly ever. One household in the "Inside Dropbox" measurements has one or two
devices, some many more [1]_.

.. [1] I. Drago et al., "Inside Dropbox: Understanding Personal Cloud Storage Services", IMC 2012.
"""

from __future__ import annotations

from .draws import Draws

__all__ = ["Device", "Program", "phone", "robot", "script", "workstation"]

_WINDOWS = "Windows NT 10.0; Win64; x64"
_MAC = "Macintosh; Intel Mac OS X 10_15_7"
_CHROME = "Mozilla/5.0 ({os}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36"
_BROWSERS = {
    "chrome": _CHROME,
    "edge": _CHROME + " Edg/{v}.0.0.0",
    "firefox": "Mozilla/5.0 ({os}; rv:{v}.0) Gecko/20100101 Firefox/{v}.0",
    "safari": "Mozilla/5.0 ({os}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.{v} "
    "Safari/605.1.15",
}
_SYNC = {
    "dropbox": "DropboxDesktopClient/{v}.4.5061 ({os})",
    "box": "Box Drive/2.{v}.140 ({os})",
    "gdrive": "GoogleDriveFS/{v}.0.3 ({os})",
    "onedrivebiz": "Microsoft SkyDriveSync 24.{v}.0602.0005 ship; {os}",
}
_PHONE = {
    "dropbox": "DropboxMobile/{v}.2.2 ({os})",
    "box": "BoxMobile/6.{v} ({os})",
    "gdrive": "GoogleDrive/5.{v} ({os})",
    "onedrivebiz": "OneDrive/15.{v} ({os})",
}
_ROBOTS = {
    "backup": ("Spanning-Copy/4.{v}", "cloudvault-agent/2.{v}.1", "restic-cloud/0.{v}"),
    "scanner": ("ContentInspector/9.{v}", "dlp-connector/3.{v} (python-requests/2.31.0)"),
    "integration": ("Apache-HttpClient/4.5.{v} (Java/17)", "okhttp/4.{v}.0", "node-fetch/3.{v}"),
    "migration": ("MoverPro/12.{v} (.NET)", "rclone/v1.{v}.2"),
}
_SCRIPTS = ("python-requests/2.{v}.0", "curl/8.{v}.1", "Go-http-client/1.{v}", "axios/1.{v}.7")


class Program:
    """A program on one device, whose version rises about every four weeks."""

    def __init__(self, draws: Draws, template: str, os: str, version: int) -> None:
        self._template = template
        self._os = os
        self._version = version
        # Releases fall on the same day for all; a device follows within days, or very late.
        lag = draws.choice((0, 1, 1, 2, 3, 5, 9)) if draws.chance(0.88) else draws.randint(20, 200)
        self._lag = lag + version % 28
        self._texts: dict[int, str] = {}

    def at(self, day: int) -> str:
        """Return the user agent on a day."""
        steps = (day - self._lag) // 28
        if steps not in self._texts:
            self._texts[steps] = self._template.format(os=self._os, v=self._version + steps)
        return self._texts[steps]


class Device:
    """A workstation, with a browser and perhaps synchronisation, or a phone."""

    def __init__(self, browser: Program, other: Program | None, share: float) -> None:
        self.browser = browser
        self.sync = other
        self._share = share

    def program(self, draws: Draws) -> Program:
        """Draw the program of a session."""
        if self.sync is not None and draws.chance(self._share):
            return self.sync
        return self.browser


def workstation(draws: Draws, service: str, released: int) -> Device:
    """Draw a workstation; `released` is the browsers' version at the start."""
    mac = draws.chance(0.35)
    kinds = (
        ("chrome", "chrome", "safari", "firefox") if mac else ("chrome", "edge", "edge", "firefox")
    )
    kind = draws.choice(kinds)
    os = _MAC if mac else _WINDOWS
    browser = Program(draws, _BROWSERS[kind], os, 3 if kind == "safari" else released)
    sync = None
    if draws.chance(0.6):
        sync = Program(draws, _SYNC[service], "macOS 14" if mac else "Windows 10", released - 70)
    return Device(browser, sync, draws.uniform(0.2, 0.8))


def phone(draws: Draws, service: str, released: int) -> Device:
    os = draws.choice(("iPhone; iOS 17.2", "Android 13; SM-A536B", "Android 14; Pixel 7"))
    return Device(Program(draws, _PHONE[service], os, released - 90), None, 0.0)


def robot(draws: Draws, kind: str) -> Device:
    return Device(Program(draws, draws.choice(_ROBOTS[kind]), "", draws.randint(11, 60)), None, 0.0)


def script(draws: Draws) -> Device:
    """Draw what an attacker's tools call themselves."""
    return Device(Program(draws, draws.choice(_SCRIPTS), "", draws.randint(10, 40)), None, 0.0)
