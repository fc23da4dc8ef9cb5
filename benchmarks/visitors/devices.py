"""Computers, telephones and programs, by the user agents that they send."""

from __future__ import annotations

from dataclasses import dataclass

from .chance import Chance
from .lines import DAY

__all__ = ["TOOLS", "Device", "laptop", "phone"]

_SYSTEMS = {
    "Windows NT 10.0; Win64; x64": 6,
    "Macintosh; Intel Mac OS X 10_15_7": 3,
    "X11; Linux x86_64": 1,
}
_CLIENTS = {
    "dropbox": "DropboxDesktopClient/{}.4.{}", "box": "Box Drive/2.{}.{}",
    "gdrive": "Google Drive/{}.0.{}.0", "onedrivebiz": "Microsoft SkyDriveSync 23.{}.{}.1",
}  # fmt: skip
_APPS = {"dropbox": "Dropbox", "box": "Box", "gdrive": "GoogleDrive", "onedrivebiz": "OneDrive"}
# What thieves and honest administrators use alike.
TOOLS = ("rclone/v1.66.0", "python-requests/2.31.0", "Go-http-client/2.0", "axios/1.6.8",
         "curl/8.5.0", "okhttp/4.12.0")  # fmt: skip


@dataclass(frozen=True)
class Device:
    """What somebody works with; browsers and clients are updated every few weeks."""

    system: str
    browser: str
    version: int
    phase: float
    client: str

    def agent(self, now: float, via: str) -> str:
        """Return the user agent of its browser (``"web"``) or of the service's program."""
        if self.browser == "tool":
            return self.system
        month = int((now / DAY + self.phase) // 28)
        if via != "web":
            return self.client.format(self.version - 20 + month, 100 + int(self.phase))
        if self.browser == "Firefox":
            version = self.version + month
            return f"Mozilla/5.0 ({self.system}; rv:{version}.0) Gecko/20100101 Firefox/{version}.0"
        if self.browser == "Safari":
            version = 15 + (self.version + month // 6) % 4
            return (f"Mozilla/5.0 ({self.system}) AppleWebKit/605.1.15 (KHTML, like Gecko) "
                    f"Version/{version}.1 Safari/605.1.15")  # fmt: skip
        version = self.version + month
        edge = f" Edg/{version}.0.0.0" if self.browser == "Edge" else ""
        return (f"Mozilla/5.0 ({self.system}) AppleWebKit/537.36 (KHTML, like Gecko) "
                f"Chrome/{version}.0.0.0 Safari/537.36{edge}")  # fmt: skip


def laptop(chance: Chance, service: str, usual: str | None = None) -> Device:
    """Draw a computer; most colleagues have what is usual in their organisation."""
    system = chance.choices(list(_SYSTEMS), list(_SYSTEMS.values()))[0]
    if usual and chance.yes(0.75):
        system = usual
    browsers = ["Chrome", "Chrome", "Edge" if "Win" in system else "Safari", "Firefox"]
    return Device(system, chance.choice(browsers), chance.choice((108, 118, 119, 120)),
                  chance.random() * 28, _CLIENTS[service])  # fmt: skip


def phone(chance: Chance, service: str) -> Device:
    """Draw a telephone with the service's application."""
    version = f"{chance.randint(15, 17)}.{chance.randint(0, 6)}"
    if chance.yes(0.5):
        system, app = f"iPhone; CPU iPhone OS {version} like Mac OS X", f"iOS {version}; iPhone"
    else:
        system = app = f"Linux; Android {chance.randint(11, 14)}; SM-A{chance.digits(3)}"
    return Device(system, "Chrome", 119, chance.random() * 28,
                  _APPS[service] + "/{}.{} (" + app + ")")  # fmt: skip
