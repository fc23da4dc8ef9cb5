"""The rules of the audit, each with its parameters, method and source."""

from __future__ import annotations

from .base import Rule
from .counted import BulkReadThenDelete, MassDeletion, MassDownload, RecycleBinPurge
from .dormancy import DormantReturn
from .hours import OffHours
from .logins import FailedLoginsThenSuccess, PasswordSpray
from .networks import NewNetwork
from .notes import RansomNote
from .permissions import PermissionEscalation, WideConsent
from .protection import ProtectionWeakened
from .renames import RansomwareRename
from .service_accounts import ServiceAccountInteractive
from .sharing import ExternalSharing
from .silence import SuddenSilence
from .slow import DepartingEmployee, SlowDeletion, SlowExfiltration
from .table import RuleTable

__all__ = [
    "RULES",
    "BulkReadThenDelete",
    "DepartingEmployee",
    "DormantReturn",
    "ExternalSharing",
    "FailedLoginsThenSuccess",
    "MassDeletion",
    "MassDownload",
    "NewNetwork",
    "OffHours",
    "PasswordSpray",
    "PermissionEscalation",
    "ProtectionWeakened",
    "RansomNote",
    "RansomwareRename",
    "RecycleBinPurge",
    "Rule",
    "ServiceAccountInteractive",
    "SlowDeletion",
    "SlowExfiltration",
    "SuddenSilence",
    "WideConsent",
]

#: The rules of the toolkit, by name.
RULES = RuleTable(
    (
        MassDeletion(),
        MassDownload(),
        RansomwareRename(),
        RansomNote(),
        NewNetwork(),
        OffHours(),
        DormantReturn(),
        ExternalSharing(),
        PermissionEscalation(),
        FailedLoginsThenSuccess(),
        PasswordSpray(),
        BulkReadThenDelete(),
        RecycleBinPurge(),
        ServiceAccountInteractive(),
        SuddenSilence(),
        SlowExfiltration(),
        SlowDeletion(),
        DepartingEmployee(),
        WideConsent(),
        ProtectionWeakened(),
    )
)
