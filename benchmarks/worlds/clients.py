"""The programs that people work with: browsers, sync clients, phones, scripts. All are updated.

Sources
-------
- Chrome and Edge release a major version every four weeks and reach most installations within two
  or three: https://chromiumdash.appspot.com/schedule,
  https://developer.chrome.com/docs/release/. Their agents are reduced: only the major version is
  told, https://www.chromium.org/updates/ua-reduction/.
- Sync clients and phones name themselves and their version; scripts name their library
  (``python-requests/2.x``, ``rclone/v1.x``), which is what Microsoft, Google and Box log.
"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from .networks import mix
from .organisation import DAY, Organisation, Person

__all__ = ["Clients", "Device"]

_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
_LINUX = "Mozilla/5.0 (X11; Linux x86_64)"
_CHROME = "{os} AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{n}.0.0.0 Safari/537.36"
_BROWSERS = {
    "chrome": (_CHROME, 28, 109),
    "edge": (_CHROME + " Edg/{n}.0.0.0", 28, 109),
    "firefox": ("{os_ff}; rv:{n}.0) Gecko/20100101 Firefox/{n}.0", 28, 109),
    "safari": (
        "{os} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.{n} Safari/605.1.15",
        55,
        0,
    ),
}
_SYNC = {
    "gdrive": ("Google Drive File Stream/{n}.0.{m}", 21, 70),
    "box": ("Box Desktop/2.{n}.{m}", 35, 30),
    "onedrivebiz": ("Microsoft SkyDriveSync 23.{n}.{m}.1 ship; Windows NT 10.0", 14, 40),
}
_PHONE = {
    "gdrive": ("com.google.Drive/4.{n}.{m} iPhone/17.{k} hw/iPhone14_5", 14, 10),
    "box": ("BoxMobile/5.{n}.{m} iOS/17.{k} Apple/iPhone", 20, 5),
    "onedrivebiz": ("OneDrive/15.{n} (iPhone; iOS 17.{k}; Scale/3.00)", 14, 1),
}
_SCRIPTS = (
    "python-requests/2.{n}.0", "rclone/v1.{n}.1", "Go-http-client/1.1", "axios/1.{n}.2",
    "okhttp/4.{n}.0", "Java/11.0.{n}", "veeam-backup/7.{n}",
)  # fmt: skip


class Device:
    """One installation of a program: `agent` gives its user agent at a time.

    Parameters
    ----------
    key : int
        Makes its versions its own.
    template : str
        With ``{n}``, the version that rises.
    period : float
        Days between versions.
    base : int
        The version at the world's start.
    system : str
        What stands for the operating system.
    """

    def __init__(self, key: int, template: str, period: float, base: int, system: str = "") -> None:
        self.key, self.template, self.period, self.base = key, template, period, base
        self.system = system
        # Most update within days, a few never.
        self.lag = (mix(key, 1) % 1000 / 1000) ** 3 * 25
        self.stuck = mix(key, 2) % 25 == 0

    def agent(self, time: float) -> str:
        """Return the user agent at a time, seconds since the world's start."""
        days = 0.0 if self.stuck else time / DAY - self.lag
        n = self.base + int((days + self.base % 7 * 3.1) // self.period)
        minor = mix(n, self.base) % 90
        os_ff = self.system[:-1]
        return self.template.format(
            n=max(n, 0),
            m=minor,
            k=1 + mix(self.key, int(time / DAY) // 45) % 5,
            os=self.system,
            os_ff=os_ff,
        )


class Clients:
    """The devices of everybody in one world.

    Parameters
    ----------
    rng : numpy.random.Generator
    organisation : Organisation
    """

    def __init__(self, rng: np.random.Generator, organisation: Organisation) -> None:
        self.rng, self.service = rng, organisation.service
        # Chrome 109 was January 2023's version; there has been one every four weeks since.
        self.versions = (organisation.start - datetime(2023, 1, 10, tzinfo=UTC)).days // 28
        self._of: dict[tuple[int, str], Device] = {}
        for person in organisation.people:
            self.renew(person)

    def renew(self, person: Person) -> None:
        """Give somebody a new computer."""
        for kind in ("browser", "sync", "phone", "script"):
            self._of[person.index, kind] = getattr(self, f"new_{kind}")()

    def of(self, person: Person, kind: str) -> Device:
        """Return somebody's ``browser``, ``sync`` client, ``phone`` or ``script``."""
        return self._of[person.index, kind]

    def new_browser(self) -> Device:
        """Return a browser as they are distributed among people."""
        rng = self.rng
        system = str(rng.choice([_WINDOWS, _MAC, _LINUX], p=[0.6, 0.34, 0.06]))
        names = ["chrome", "edge", "firefox", "safari"]
        shares = {_WINDOWS: [0.6, 0.32, 0.08, 0], _MAC: [0.62, 0.03, 0.07, 0.28]}
        name = str(rng.choice(names, p=shares.get(system, [0.6, 0, 0.4, 0])))
        template, period, base = _BROWSERS[name]
        return Device(self._key(), template, period, base + self.versions * (base > 0), system)

    def new_sync(self) -> Device:
        """Return a sync client."""
        return Device(self._key(), *_SYNC[self.service])

    def new_phone(self) -> Device:
        """Return the service's program on a phone."""
        return Device(self._key(), *_PHONE[self.service])

    def new_script(self) -> Device:
        """Return a library or a tool, which somebody updates now and then."""
        return Device(
            self._key(), str(self.rng.choice(_SCRIPTS)), 120, int(self.rng.integers(4, 30))
        )

    def _key(self) -> int:
        return int(self.rng.integers(0, 2**62))
