"""`Sandbox`: start and stop a local Kloudless server."""

from __future__ import annotations

import socket
import threading
from collections import Counter, deque
from collections.abc import Sequence
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn

from .world.clock import Clock

if TYPE_CHECKING:
    from .api.server import Hook
    from .faults.plan import FaultPlan
    from .state import RequestRecord
    from .world.accounts import Account
    from .world.protocols import History, Simulated

__all__ = ["Sandbox"]

_MISSING = 'The sandbox needs its server. Install it with: pip install "kloudless-data[sandbox]"'


class Sandbox:
    """A faithful Kloudless API on a loopback port, with simulated activity.

    The same seed gives the same history, byte for byte. The server is ready once the `with` block
    begins (or `start` returns) and stopped when the block ends. Changes made through the API are
    visible in later answers but cause no events.

    Parameters
    ----------
    seed : int
        The seed of the simulated world.
    accounts : int
        The number of connected accounts. Services alternate, starting with Google Drive.
    events : int
        The number of events per account.
    span : timedelta or float
        The period over which the events are spread, as a timedelta or in hours; it ends at
        2026-03-02T18:00Z.
    retention_events, retention_hours : int or None
        The number of events, and of hours before `clock.now`, that are still served. None for all.
    host, port : str, int
        The address to listen on; port 0 picks a free one.
    gzip : bool
        Compress large answers for clients that accept it.
    latency : float
        Additional seconds per request.
    page_size_max : int
        The largest page size.
    expired_cursor : {"restart", "error"}
        The answer to a cursor older than the kept events: restart at the oldest, or a 400.
    faults : FaultPlan, optional
        The faults to inject.
    organisations : sequence of Organisation or Company, optional
        Further accounts, of administrators, with months of activity or with people, groups, items
        and rights.
    histories : int
        The number of account histories kept in memory, about 2 MB each; recreating one takes about
        30 ms.

    uneven : bool
        Make events uneven like real ones, with missing, unknown, reordered and respelled members;
        see `kloudless_data.sandbox.world.unevenness`.

    Attributes
    ----------
    clock : Clock
        The virtual time. It stands still until moved.
    requests : deque of RequestRecord
        The last 10,000 requests as the server saw them.
    events_served : Counter
        Account id -> number of events served.
    faults_injected : Counter
        Kind of fault, such as ``"reset_body"`` -> number of occurrences.

    Raises
    ------
    ImportError
        If Starlette or uvicorn is not installed.

    Examples
    --------
    >>> import json, urllib.request
    >>> from kloudless_data.sandbox import Sandbox
    >>> with Sandbox(seed=7, accounts=5, events=100) as sandbox:
    ...     request = urllib.request.Request(
    ...         f"{sandbox.base_url}/v1/accounts/me/events?page_size=3",
    ...         headers={"Authorization": f"Bearer {sandbox.accounts[0].token}"})
    ...     page = json.load(urllib.request.urlopen(request))
    >>> page["count"], len(page["objects"])
    (3, 3)
    """

    def __init__(
        self,
        *,
        seed: int = 7,
        accounts: int = 5,
        events: int = 10_000,
        span: timedelta | float = timedelta(hours=24),
        retention_events: int | None = 10_000,
        retention_hours: float | None = 24,
        host: str = "127.0.0.1",
        port: int = 0,
        gzip: bool = True,
        latency: float = 0.0,
        page_size_max: int = 2_000,
        expired_cursor: str = "restart",
        faults: FaultPlan | None = None,
        organisations: Sequence[Simulated] = (),
        histories: int = 64,
        uneven: bool = True,
    ) -> None:
        try:
            import uvicorn  # noqa: F401

            from .api.injection import Injection
            from .api.server import Latency
            from .state import Options, State
        except ModuleNotFoundError as missing:
            raise ImportError(_MISSING) from missing
        if expired_cursor not in ("restart", "error"):
            raise ValueError('expired_cursor must be "restart" or "error"')
        span = span if isinstance(span, timedelta) else timedelta(hours=span)
        if span <= timedelta() or accounts < 1 or events < 0:
            raise ValueError("span and accounts must be positive, and events not negative")
        self._state = State(
            Options(
                seed=seed,
                accounts=accounts,
                events=events,
                span=span,
                retention_events=retention_events,
                retention_hours=retention_hours,
                gzip=gzip,
                latency=latency,
                page_size_max=page_size_max,
                expired_cursor=expired_cursor,
                faults=faults,
                organisations=tuple(organisations),
                histories=histories,
                uneven=uneven,
            )
        )
        self.host, self._port = host, port
        #: See `server.Hook`.
        self.hooks: list[Hook] = [Latency(latency)] if latency > 0 else []
        if faults is not None:
            self.hooks.append(Injection(faults, self._state.faults_injected))
        self._server: Any = None
        self._thread: threading.Thread | None = None

    @property
    def base_url(self) -> str:
        """The server's address, such as `http://127.0.0.1:40213`."""
        return f"http://{self.host}:{self._port}"

    @property
    def app_id(self) -> str:
        """The id of the application that the accounts are connected to."""
        return self._state.directory.app_id

    @property
    def api_key(self) -> str:
        """The application's API key, valid for all accounts."""
        return self._state.directory.api_key

    @property
    def meta_token(self) -> str:
        """The developer's token for `meta/…`."""
        return self._state.directory.meta_token

    @property
    def foreign_token(self) -> str:
        """A token of another application: it can describe itself; anything else is a 401."""
        return self._state.directory.foreign_token

    @property
    def accounts(self) -> list[Account]:
        """The connected accounts."""
        return self._state.directory.accounts

    @property
    def clock(self) -> Clock:
        """The virtual time."""
        return self._state.clock

    @property
    def requests(self) -> deque[RequestRecord]:
        """The last requests as the server saw them."""
        return self._state.requests

    @property
    def events_served(self) -> Counter[int]:
        """The number of events served, by account."""
        return self._state.events_served

    @property
    def faults_injected(self) -> Counter[str]:
        """The number of occurrences of each kind of fault in the plan."""
        return self._state.faults_injected

    def history(self, account: Account | int) -> History:
        """Return everything that happened in an account, given the account, its id or its number.

        Examples
        --------
        >>> sandbox = Sandbox(seed=7, events=1_000)
        >>> history = sandbox.history(sandbox.accounts[0])
        >>> sum(event["type"] == "rename" for event in history) > 10
        True
        """
        if isinstance(account, int):
            found = self._state.directory.by_id(account)
            account = found if found is not None else self.accounts[account]
        return self._state.history(account)

    def code(self, account: Account) -> str:
        """Return an OAuth authorization code, to be exchanged once for the account's token."""
        return self._state.directory.new_code(account)

    def expire(self, credential: str) -> None:
        """Expire a token, API key or code: it is answered with 401 from now on."""
        self._state.directory.void(credential)

    def revoke(self, credential: str) -> None:
        """Revoke a credential: to a client this looks the same as expiry."""
        self._state.directory.void(credential)

    def start(self) -> Sandbox:
        """Start the server and return once it accepts requests.

        Raises
        ------
        OSError
            If the port is taken.
        RuntimeError
            If it is already running.
        """
        from .api.running import Server

        if self._thread is not None:
            raise RuntimeError("this sandbox is already running")
        listener = self._listen()
        self._port = listener.getsockname()[1]
        self._server = Server.of(self._state, self.hooks)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name="sandbox", daemon=True
        )
        self._thread.start()
        self._server.ready.wait()
        return self

    def _listen(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        # asyncio disables Nagle's algorithm only if the socket says that it is TCP; with Nagle, an
        # answer in two writes can wait 40 ms.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((self.host, self._port))
            listener.listen(128)
        except OSError as error:
            listener.close()
            raise OSError(
                error.errno,
                f"The sandbox cannot listen on {self.host}:{self._port}: "
                f"{error.strerror}. Choose another port, or 0 for any.",
            ) from None
        return listener

    def stop(self) -> None:
        """Stop the server completely."""
        if self._thread is None:
            return
        self._server.stop()
        self._thread.join()
        self._thread = self._server = None

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "A sandbox is a running server and cannot be copied or pickled: pass on its base_url "
            "and the tokens of its accounts."
        )

    def __repr__(self) -> str:
        options = self._state.options
        address = self.base_url if self._thread else "stopped"
        return (
            f"<Sandbox seed={options.seed} accounts={options.accounts} "
            f"events={options.events} {address}>"
        )
