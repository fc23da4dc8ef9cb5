"""Devices and programs, which update themselves."""

from __future__ import annotations

from functools import lru_cache

from .draws import Draws
from .lines import DAY

__all__ = ["SCRIPTS", "TOOLS", "Device", "draw_device"]

SCRIPTS = ("python-requests/2.31.0", "python-requests/2.32.3", "rclone/v1.66.0", "axios/1.7.2",
           "Go-http-client/2.0", "okhttp/4.12.0", "curl/8.6.0", "aiohttp/3.9.5")  # fmt: skip
TOOLS = ("Zoom", "DocuSign", "Slack", "Asana", "Lucid", "Adobe Acrobat", "Miro", "Canva", "Notion",
         "Trello", "HubSpot", "Zapier", "PDF Merge Pro", "MailTrack Plus", "Smallpdf",
         "SheetSync", "Otter", "Calendly", "Monday", "Fireflies")  # fmt: skip

_SYSTEMS = {
    "windows": ("Windows NT 10.0; Win64; x64", "Windows 10.0.22631"),
    "mac": ("Macintosh; Intel Mac OS X 10_15_7", "macOS 14.5"),
    "linux": ("X11; Linux x86_64", "Linux 6.5"),
}
_CLIENTS = {
    "dropbox": "DropboxDesktopClient/{}.4.{} ({})",
    "box": "Box/2.{}.{} BoxDrive ({})",
    "gdrive": "GoogleDriveFS/{}.0.{} ({})",
    "onedrivebiz": "Microsoft SkyDriveSync 24.{}.{} ship; {}",
}
_PHONES = ("iPhone14,5", "iPhone15,3", "iPhone12,1", "SM-S911B", "SM-A546B", "Pixel 8", "Pixel 6a")
_APPS = {"dropbox": "DropboxMobile", "box": "BoxMobile", "gdrive": "com.google.Drive",
         "onedrivebiz": "OneDriveMobile"}  # fmt: skip


class Device:
    """A computer or telephone.

    Attributes
    ----------
    phone : bool
    syncs : bool
        Whether the service's client runs on it.
    """

    def __init__(
        self, service: str, system: str, browser: str, lag: float, syncs: bool, model: str = ""
    ) -> None:
        self._service, self._system, self._browser = service, system, browser
        self._lag, self.syncs, self._model = lag, syncs, model
        self.phone = bool(model)
        self._text = lru_cache(maxsize=64)(self._write)

    def agent(self, now: float, client: bool = False) -> str:
        """Return the user agent of the browser, of the client or of the app at a time."""
        every = 14 if self.phone else 20 if client else 28
        return self._text(int((now / DAY - self._lag) // every), client)

    def _write(self, release: int, client: bool) -> str:
        if self.phone:
            return f"{_APPS[self._service]}/{380 + release}.2 ({self._model})"
        web, native = _SYSTEMS[self._system]
        if client:
            build = Draws(self._service, release).randint(1000, 9999)
            return _CLIENTS[self._service].format(90 + release, build, native)
        version = 121 + release
        engine = f"Mozilla/5.0 ({web}) AppleWebKit/537.36 (KHTML, like Gecko)"
        chrome = f"{engine} Chrome/{version}.0.0.0 Safari/537.36"
        return {
            "chrome": chrome,
            "edge": f"{chrome} Edg/{version}.0.0.0",
            "firefox": f"Mozilla/5.0 ({web}; rv:{version}.0) Gecko/20100101 Firefox/{version}.0",
            "safari": f"Mozilla/5.0 ({web}) AppleWebKit/605.1.15 (KHTML, like Gecko) "
                      f"Version/17.{release // 3 + 3} Safari/605.1.15",
        }[self._browser]  # fmt: skip


def draw_device(draws: Draws, service: str, *, phone: bool = False, syncs: bool = False) -> Device:
    """Draw a device; some are updated at once, some late."""
    if phone:
        return Device(service, "", "", draws.skewed(4, 0.8), False, draws.choice(_PHONES))
    system = draws.weighted({"windows": 0.66, "mac": 0.3, "linux": 0.04})
    browsers = {"windows": {"chrome": 0.55, "edge": 0.35, "firefox": 0.1},
                "mac": {"chrome": 0.6, "safari": 0.35, "firefox": 0.05},
                "linux": {"chrome": 0.5, "firefox": 0.5}}  # fmt: skip
    browser = draws.weighted(browsers[system])
    return Device(service, system, browser, draws.skewed(3, 1.0, 0, 60), syncs)
