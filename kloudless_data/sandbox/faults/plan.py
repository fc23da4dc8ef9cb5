"""A seeded plan of faults."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

from ..world.randomness import key_of, mix

__all__ = ["Fault", "FaultPlan", "Faults"]

#: The variants of each rate in a plan.
_VARIANTS = {
    "rate_limit": ("rate_limit_seconds", "rate_limit_date", "rate_limit_unsaid"),
    "server_error": ("server_error", "server_error_retry_after"),
    "reset": ("reset_before", "reset_head", "reset_body", "reset_after"),
    "slow": ("slow",),
    "truncated": ("truncated",),
    "invalid": ("invalid_html", "invalid_json", "invalid_gzip"),
    "repeated_page": ("repeated_page",),
}
#: With these, the answer still arrives, so they end a run of failures.
_HARMLESS = frozenset({"slow", "reset_after"})
_RATES = (*_VARIANTS, "duplicate", "late")


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultPlan:
    """The faults of a `Sandbox`: the same seed and requests give the same faults.

    A request's fault depends on the seed, on the request (method, URL, credential) and on how often
    it was made, so the order of parallel requests does not matter.

    *Transport faults* change how an answer arrives. A client that retries gets everything, once and
    in order:

    ================= ============================================================================
    `rate_limit`      429 with ``Retry-After`` in seconds, as an HTTP date, or without it
    `server_error`    502, 503 or 504, with or without ``Retry-After``
    `reset`           the connection ends before the answer, in its head, in its body (each by a
                      reset or by an orderly close), or unannounced after it
    `slow`            the answer trickles
    `truncated`       200 with JSON that is cut
    `invalid`         200 with a web page, with damaged JSON, or with damaged gzip
    `repeated_page`   the previous page of events again, so the cursor does not advance
    ================= ============================================================================

    *Content faults* change what is delivered:

    ================= ============================================================================
    `duplicate`       an event is delivered again, later
    `late`            an event is delivered after others that happened later
    `never_ending`    the last page leads to itself, or to the first one
    `revoke_at_event` the token is revoked after this many events =================
    ============================================================================

    Parameters
    ----------
    seed : int
        Selects the faults.
    rate_limit, server_error, reset, slow, truncated, invalid, repeated_page : float
        The probability of each fault per request, 0 to 1; at most 1 in total.
    most_in_a_row : int
        The largest number of consecutive failures of the same request.
    retry_after : int
        Seconds in the ``Retry-After`` of 429 and 5xx.
    latency : float
        The largest delay of a request, in seconds.
    duplicate, late : float
        The probability of each, per event, 0 to 1.
    late_by : int
        The smallest number of events by which a late one is delayed; the largest is twice that.
        With the size of a page, it arrives at least one page late. No event is lost or comes after
        the last one.
    never_ending : {"unchanged", "looping"}, optional
        At the end, repeat the last page with the same cursor, or lead back to the oldest event.
    revoke_at_event : int, optional
        Revoke an account's token after this many events, counted from the oldest kept.
    revoke_account : int, optional
        Revoke only this account's token, by its index in `Sandbox.accounts`.

    Raises
    ------
    ValueError
        For rates that are not probabilities, and for negative numbers.

    Examples
    --------
    >>> import kloudless_data as kd
    >>> from kloudless_data.sandbox import FaultPlan, Sandbox
    >>> plan = FaultPlan(seed=1, reset=0.3, truncated=0.3)
    >>> with Sandbox(accounts=1, events=500, faults=plan) as sandbox:
    ...     account = kd.Account(token=sandbox.accounts[0].token, base_url=sandbox.base_url)
    ...     rows = len(account.events(page_size=50).to_frame())
    >>> rows, sandbox.faults_injected.total() > 0
    (500, True)
    """

    seed: int = 1
    rate_limit: float = 0.0
    server_error: float = 0.0
    reset: float = 0.0
    slow: float = 0.0
    truncated: float = 0.0
    invalid: float = 0.0
    repeated_page: float = 0.0
    most_in_a_row: int = 2
    retry_after: int = 1
    latency: float = 0.0
    duplicate: float = 0.0
    late: float = 0.0
    late_by: int = 1_000
    never_ending: Literal["unchanged", "looping"] | None = None
    revoke_at_event: int | None = None
    revoke_account: int | None = None

    def __post_init__(self) -> None:
        for name in _RATES:
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is a probability, from 0 to 1")
        if sum(getattr(self, name) for name in _VARIANTS) > 1 + 1e-9:
            raise ValueError(f"the rates of {', '.join(_VARIANTS)} must add up to 1 or less")
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, int | float) and value < 0:
                raise ValueError(f"{field.name} must not be negative")
        if self.late_by < 1:
            raise ValueError("late_by must be 1 or more")
        if self.never_ending not in (None, "unchanged", "looping"):
            raise ValueError('never_ending must be "unchanged" or "looping"')

    @classmethod
    def transport(cls, seed: int = 1, rate: float = 0.05, *, retry_after: int = 1) -> FaultPlan:
        """Return a plan with every transport fault and no content fault.

        Parameters
        ----------
        seed : int
            Selects the faults.
        rate : float
            The probability of each of the seven faults per request.
        retry_after : int
            Seconds in the ``Retry-After`` of 429 and 5xx.

        Examples
        --------
        >>> FaultPlan.transport(seed=3, rate=0.1).reset
        0.1
        """
        return cls(
            seed=seed,
            rate_limit=rate,
            server_error=rate,
            reset=rate,
            slow=rate,
            truncated=rate,
            invalid=rate,
            repeated_page=rate,
            retry_after=retry_after,
        )


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of one request.

    Attributes
    ----------
    kind
        The variant, such as ``"reset_body"``.
    detail
        64 random bits for further choices.
    """

    kind: str
    detail: int

    def fraction(self) -> float:
        """Return a number in [0, 1), for example to choose where to cut."""
        return float(self.detail >> 11) * 2.0**-53


class Faults:
    """Decides on the faults of consecutive requests."""

    def __init__(self, plan: FaultPlan) -> None:
        self._plan = plan
        self._key = key_of(plan.seed, "faults")
        #: Request -> how often it was made, and its number of consecutive failures.
        self._made: dict[int, tuple[int, int]] = {}

    def next_of(self, *request: str) -> tuple[Fault | None, float]:
        """Return the fault of this request, if any, and its delay in seconds."""
        target = key_of(*request)
        number, failed = self._made.get(target, (0, 0))
        draw = mix(target ^ self._key ^ mix(number + 1))
        fault = self._drawn(draw) if failed < self._plan.most_in_a_row else None
        failing = fault is not None and fault.kind not in _HARMLESS
        self._made[target] = (number + 1, failed + 1 if failing else 0)
        return fault, self._plan.latency * Fault("", mix(draw + 2)).fraction()

    def _drawn(self, draw: int) -> Fault | None:
        point = Fault("", draw).fraction()
        for name, variants in _VARIANTS.items():
            point -= getattr(self._plan, name)
            if point < 0:
                return Fault(variants[mix(draw) % len(variants)], mix(draw + 1))
        return None
