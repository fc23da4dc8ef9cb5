"""The rules of the audit, each with its parameters, method and source."""

from __future__ import annotations

from .base import Rule
from .dormancy import DormantReturn
from .hours import OffHours
from .logins import FailedLoginsThenSuccess
from .mass import MassDeletion, MassDownload
from .networks import NewNetwork
from .programs import ServiceAccountInteractive
from .reading import BulkReadThenDelete
from .renames import RansomwareRename
from .sharing import ExternalSharing, PermissionEscalation
from .silence import SuddenSilence

__all__ = [
    "RULES",
    "BulkReadThenDelete",
    "DormantReturn",
    "ExternalSharing",
    "FailedLoginsThenSuccess",
    "MassDeletion",
    "MassDownload",
    "NewNetwork",
    "OffHours",
    "PermissionEscalation",
    "RansomwareRename",
    "Rule",
    "ServiceAccountInteractive",
    "SuddenSilence",
]

#: The rules that `find` asks, by name.
RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        MassDeletion(),
        MassDownload(),
        RansomwareRename(),
        NewNetwork(),
        OffHours(),
        DormantReturn(),
        ExternalSharing(),
        PermissionEscalation(),
        FailedLoginsThenSuccess(),
        BulkReadThenDelete(),
        ServiceAccountInteractive(),
        SuddenSilence(),
    )
}
