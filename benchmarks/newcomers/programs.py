"""What people connect with: devices whose programs update all the time."""

from __future__ import annotations

from bisect import bisect_right

from .chance import Chance

__all__ = ["Device", "Shop", "Train"]

# (program, days between releases, first major version, pattern); {0} major, {1} build
_TRAINS = {
    "chrome": (21, 112, "Chrome/{0}.0.0.0 Safari/537.36"),
    "edge": (21, 112, "Chrome/{0}.0.0.0 Safari/537.36 Edg/{0}.0.{1}"),
    "firefox": (28, 112, "Gecko/20100101 Firefox/{0}.0"),
    "safari": (60, 1, "Version/16.{0} Safari/605.1.15"),
    "dropbox": (12, 172, "DropboxDesktopClient/{0}.4.{1}"),
    "box": (24, 31, "Box Drive/2.{0}.{1}"),
    "gdrive": (20, 70, "GoogleDriveFS/{0}.0.{1}"),
    "onedrivebiz": (14, 23, "Microsoft SkyDriveSync {0}.0{1} ship"),
    "dropbox app": (10, 320, "DropboxMobile/{0}.2.{1}"),
    "box app": (18, 6, "BoxMobile/{0}.1.{1}"),
    "gdrive app": (12, 20, "com.google.Drive/{0}.23.{1}"),
    "onedrivebiz app": (11, 14, "OneDriveMobileApp/{0}.{1}"),
}
_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) "
_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) "
_LINUX = "Mozilla/5.0 (X11; Linux x86_64) "
_ENGINE, _APPLE = (f"AppleWebKit/{v} (KHTML, like Gecko) " for v in ("537.36", "605.1.15"))
_SYSTEMS = {
    "Windows": (_WINDOWS, "Windows 10.0.19045"),
    "Windows 11": (_WINDOWS, "Windows 10.0.22631"),
    "macOS": (_MAC, "macOS 14"),
    "Linux": (_LINUX, "Linux 6.1"),
}
_PHONES = (
    "iOS 17; iPhone14,5", "iOS 17; iPhone15,2", "iOS 16; iPhone12,1", "Android 14; Pixel 8",
    "Android 13; SM-A536B", "Android 13; SM-G991B", "Android 12; M2101K6G",
)  # fmt: skip


class Train:
    """A program's releases."""

    def __init__(self, chance: Chance, program: str) -> None:
        every, first, self._pattern = _TRAINS[program]
        self._days, self._versions, day = [], [], -400.0
        self._texts: dict[int, str] = {}
        while day < 160:
            day += every * chance.uniform(0.5, 1.4) * (0.2 if chance.yes(0.15) else 1.0)
            self._days.append(day)
            self._versions.append((first + len(self._days), chance.randrange(100, 9999)))

    def text(self, day: float) -> str:
        """Return the program's name and version of a day."""
        which = max(0, bisect_right(self._days, day) - 1)
        if which not in self._texts:
            self._texts[which] = self._pattern.format(*self._versions[which])
        return self._texts[which]


class Device:
    """A computer or a phone; each installs new versions some days after their release."""

    def __init__(self, number: int, system: str, lag: float, trains: dict[str, Train]) -> None:
        self.number, self.system = number, system
        self._lag, self._trains = lag, trains

    def agent(self, via: str, day: float) -> str:
        """Return what a program on it calls itself; `via` is browser, client or app."""
        if via not in self._trains:
            via = next(iter(self._trains))
        text = self._trains[via].text(day - self._lag)
        if via == "app":
            return f"{text} ({self.system})"
        browser, client = _SYSTEMS[self.system]
        if via == "client":
            return f"{text}; {client}"
        engine = "" if "Gecko/" in text else _APPLE if "Version/" in text else _ENGINE
        return browser + engine + text

    @property
    def has_client(self) -> bool:
        """Tell whether the service's client is on it."""
        return "client" in self._trains


class Fixed(Device):
    """A program which always calls itself the same until somebody deploys another version."""

    def __init__(self, number: int, text: str) -> None:
        super().__init__(number, "Linux", 0.0, {})
        self._text = text

    def agent(self, via: str, day: float) -> str:
        """Return what the program calls itself."""
        return self._text


class Shop:
    """Where devices come from."""

    def __init__(self, chance: Chance, service: str) -> None:
        self._chance, self._service, self._number = chance, service, 0
        self._trains = {name: Train(chance, name) for name in _TRAINS}
        self._shares = {"Windows": 0.3, "Windows 11": 0.38, "macOS": 0.27, "Linux": 0.05}
        self._client = chance.uniform(0.3, 0.9)

    def _next(self) -> int:
        self._number += self._chance.randrange(1, 4)
        return self._number

    def computer(self, client: bool | None = None) -> Device:
        """Buy a computer, with the service's client or without."""
        system = self._chance.by_weight(self._shares)
        browsers = {"chrome": 0.6, "edge": 0.27, "firefox": 0.13}
        if system == "macOS":
            browsers = {"chrome": 0.5, "safari": 0.42, "firefox": 0.08}
        trains = {"browser": self._trains[self._chance.by_weight(browsers)]}
        if self._chance.yes(self._client) if client is None else client:
            trains["client"] = self._trains[self._service]
        return Device(self._next(), system, self._chance.heavy(3, 1.2), trains)

    def phone(self) -> Device:
        """Buy a phone with the service's app."""
        trains = {"app": self._trains[f"{self._service} app"]}
        system = self._chance.choice(_PHONES)
        return Device(self._next(), system, self._chance.heavy(6, 1.2), trains)

    def program(self, text: str) -> Device:
        """Make a machine that runs one program."""
        return Fixed(self._next(), text)
