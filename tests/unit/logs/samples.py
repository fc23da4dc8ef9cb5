"""One record of each format, synthetic, of the shapes that the services' documentation shows."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]

BOX: Json = {
    "source": {
        "item_type": "file", "item_id": "3101", "item_name": "Plan.xlsx",
        "parent": {"type": "folder", "name": "Budget", "id": "77"},
        "owned_by": {"type": "user", "id": "9", "name": "Bea Lund", "login": "bea@corp.example"},
    },
    "created_by": {"type": "user", "id": "8", "name": "Ann Berg", "login": "ann@corp.example"},
    "action_by": None, "created_at": "2026-03-02T01:05:07-08:00",
    "event_id": "f82c3ba0-0001", "event_type": "ITEM_TRASH", "ip_address": "203.0.113.7",
    "type": "event", "session_id": None,
    "additional_details": {"size": 5120, "service_name": "Box Drive", "version_id": "4"},
}  # fmt: skip

GOOGLE: Json = {
    "kind": "admin#reports#activity",
    "id": {"time": "2026-03-02T09:05:07.123Z", "uniqueQualifier": "-41", "applicationName": "drive",
           "customerId": "C01"},
    "etag": "x",
    "actor": {"callerType": "USER", "email": "ann@corp.example", "profileId": "1103"},
    "ownerDomain": "corp.example", "ipAddress": "203.0.113.7",
    "events": [
        {"type": "acl_change", "name": "change_user_access", "parameters": [
            {"name": "primary_event", "boolValue": True},
            {"name": "doc_id", "value": "1AbC"}, {"name": "doc_title", "value": "Plan"},
            {"name": "doc_type", "value": "spreadsheet"},
            {"name": "owner", "value": "bea@corp.example"},
            {"name": "visibility", "value": "shared_externally"},
            {"name": "target_user", "value": "eve@other.example"},
            {"name": "old_value", "multiValue": ["none"]},
            {"name": "new_value", "multiValue": ["can_edit"]},
        ]},
        {"type": "access", "name": "edit", "parameters": [
            {"name": "primary_event", "boolValue": False}, {"name": "doc_id", "value": "1AbC"},
            {"name": "doc_title", "value": "Plan"}, {"name": "doc_type", "value": "spreadsheet"},
            {"name": "owner", "value": "bea@corp.example"},
        ]},
    ],
}  # fmt: skip

MICROSOFT: Json = {
    "CreationTime": "2026-03-02T09:05:07", "Id": "9d1f-01", "Operation": "FileDownloaded",
    "OrganizationId": "org-1", "RecordType": 6, "UserKey": "i:0h.f|membership|1003",
    "UserType": 0, "Version": 1, "Workload": "OneDrive", "ClientIP": "203.0.113.7:50112",
    "ObjectId": "https://corp-my.sharepoint.example/personal/ann/Documents/Plan.xlsx",
    "UserId": "ann@corp.example", "CorrelationId": "c-1", "EventSource": "SharePoint",
    "ItemType": "File", "ListItemUniqueId": "71a2", "Site": "s-1",
    "UserAgent": "Mozilla/5.0", "SourceFileExtension": "xlsx", "SiteUrl": "https://corp/",
    "SourceFileName": "Plan.xlsx", "SourceRelativeUrl": "Documents", "FileSizeBytes": 5120,
}  # fmt: skip

MICROSOFT_ROLE: Json = {
    "CreationTime": "2026-03-02T09:06:00", "Id": "9d1f-02", "Operation": "Add member to role.",
    "OrganizationId": "org-1", "RecordType": 8, "ResultStatus": "Success", "UserKey": "1003",
    "UserType": 2, "Version": 1, "Workload": "AzureActiveDirectory", "ClientIP": "<null>",
    "ObjectId": "cid@corp.example", "UserId": "ann@corp.example",
    "ModifiedProperties": [
        {"Name": "Role.ObjectID", "NewValue": "\"62e9\"", "OldValue": ""},
        {"Name": "Role.DisplayName", "NewValue": "\"Global Administrator\"", "OldValue": ""},
    ],
    "Target": [{"ID": "User_1", "Type": 2}, {"ID": "cid@corp.example", "Type": 5}],
}  # fmt: skip

GRAPH: Json = {
    "id": "Directory_1", "category": "RoleManagement", "correlationId": "c", "result": "success",
    "activityDisplayName": "Add member to role", "activityDateTime": "2026-03-02T09:05:07.1Z",
    "operationType": "Assign", "initiatedBy": {"app": None, "user": {
        "id": "1003", "displayName": "Ann Berg", "userPrincipalName": "ann@corp.example",
        "ipAddress": "203.0.113.7"}},
    "targetResources": [
        {"id": "u-2", "displayName": "Cid", "type": "User", "groupType": None,
         "userPrincipalName": "cid@corp.example", "modifiedProperties": [
             {"displayName": "Role.DisplayName", "oldValue": None,
              "newValue": "\"Global Administrator\""},
             {"displayName": "Role.WellKnownObjectName", "oldValue": None,
              "newValue": "\"TenantAdmins\""}]},
        {"id": "r-1", "displayName": "Global Administrator", "type": "Role", "groupType": None,
         "userPrincipalName": None, "modifiedProperties": []},
    ],
    "additionalDetails": [{"key": "User-Agent", "value": "Mozilla/5.0"}],
}  # fmt: skip

SIGN_IN: Json = {
    "id": "s-1", "createdDateTime": "2026-03-02T09:05:07Z", "userDisplayName": "Ann Berg",
    "userPrincipalName": "ann@corp.example", "userId": "1003", "appDisplayName": "Office 365",
    "ipAddress": "203.0.113.7", "clientAppUsed": "Browser", "resourceDisplayName": "Graph",
    "status": {"errorCode": 50126, "failureReason": "Invalid", "additionalDetails": None},
}  # fmt: skip

SENTINEL_OFFICE: Json = {
    "TenantId": "t-1", "TimeGenerated": "2026-03-02T09:05:07Z", "Operation": "FileDownloaded",
    "OrganizationId": "org-1", "RecordType": "SharePointFileOperation", "UserType": "Regular",
    "UserKey": "i:0h.f|membership|1003", "OfficeWorkload": "OneDrive", "ResultStatus": "",
    "OfficeObjectId": "https://corp-my.sharepoint.example/personal/ann/Documents/Plan.xlsx",
    "UserId": "ann@corp.example", "ClientIP": "203.0.113.7", "ItemType": "File",
    "UserAgent": "Mozilla/5.0", "SourceFileName": "Plan.xlsx", "SourceRelativeUrl": "Documents",
    "OfficeId": "9d1f-01", "Type": "OfficeActivity", "SourceSystem": "OfficeActivityManager",
}  # fmt: skip

SENTINEL_SIGN_IN: Json = {
    "TenantId": "t-1", "TimeGenerated": "2026-03-02T09:05:07Z", "Category": "SignInLogs",
    "OperationName": "Sign-in activity", "ResultType": "50126", "UserId": "1003",
    "UserDisplayName": "Ann Berg", "UserPrincipalName": "ann@corp.example", "Id": "s-1",
    "AppDisplayName": "Office 365", "ClientAppUsed": "Browser", "IPAddress": "203.0.113.7",
    "Status": "{\"errorCode\": 50126}", "CreatedDateTime": "2026-03-02T09:05:07Z",
}  # fmt: skip


def _in_sentinel(record: Json) -> Json:
    """Return a directory audit as the columns of a table; what is nested is unchanged."""
    first = {"id": "Id", "result": "Result", "activityDisplayName": "ActivityDisplayName",
             "initiatedBy": "InitiatedBy", "targetResources": "TargetResources",
             "additionalDetails": "AdditionalDetails",
             "activityDateTime": "ActivityDateTime"}  # fmt: skip
    return {first[name]: value for name, value in record.items() if name in first} | {
        "TimeGenerated": "2026-03-02T09:05:08Z", "Type": "AuditLogs", "AADOperationType": "Assign",
        "OperationName": "Add member to role",
    }  # fmt: skip


def in_powershell(value: Any) -> Any:
    """Return a value of Graph as PowerShell's module writes it."""
    if isinstance(value, list):
        return [in_powershell(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {name[0].upper() + name[1:]: in_powershell(one) for name, one in value.items()}


DROPBOX: Json = {
    "timestamp": "2026-03-02T09:05:07Z", "event_category": {".tag": "file_operations"},
    "actor": {".tag": "user", "user": {".tag": "team_member", "account_id": "dbid:A",
              "display_name": "Ann Berg", "email": "ann@corp.example"}},
    "origin": {"geo_location": {"city": "Lund", "ip_address": "203.0.113.7", "country": "SE"},
               "access_method": {".tag": "end_user", "end_user": {".tag": "web"}}},
    "involve_non_team_member": False, "context": {".tag": "team_member", "account_id": "dbid:A"},
    "participants": [],
    "assets": [
        {".tag": "file", "path": {"contextual": "/Budget/Plan.xlsx"}, "display_name": "Plan.xlsx",
         "file_id": "id:1", "file_size": 5120},
        {".tag": "folder", "path": {"contextual": "/Budget/Old"}, "display_name": "Old",
         "folder_id": "id:2"},
    ],
    "event_type": {".tag": "file_delete", "description": "Deleted files and/or folders"},
    "details": {".tag": "file_delete_details"},
}  # fmt: skip

CLOUDTRAIL: Json = {
    "eventVersion": "1.09",
    "userIdentity": {"type": "IAMUser", "principalId": "AIDA", "userName": "ann",
                     "arn": "arn:aws:iam::123456789012:user/ann", "accountId": "123456789012"},
    "eventTime": "2026-03-02T09:05:07Z", "eventSource": "s3.amazonaws.com",
    "eventName": "DeleteObject", "awsRegion": "eu-north-1", "sourceIPAddress": "203.0.113.7",
    "userAgent": "[aws-cli/2.15]", "eventID": "e-1", "eventType": "AwsApiCall",
    "requestParameters": {"bucketName": "corp-data", "key": "budget/plan.xlsx"},
    "responseElements": None, "additionalEventData": {"bytesTransferredOut": 0},
    "resources": [{"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::corp-data/budget/plan.xlsx"}],
    "recipientAccountId": "123456789012", "readOnly": False,
}  # fmt: skip

OCSF: Json = {
    "class_uid": 6006, "class_name": "File Hosting Activity", "category_uid": 6,
    "activity_id": 4, "type_uid": 600604, "severity_id": 1, "time": 1772442307000,
    "metadata": {"version": "1.3.0", "product": {"name": "Drive", "vendor_name": "Other"},
                 "uid": "o-1", "tenant_uid": "t-1"},
    "actor": {"user": {"name": "ann", "email_addr": "ann@corp.example", "uid": "8"}},
    "src_endpoint": {"ip": "203.0.113.7"}, "http_request": {"user_agent": "Mozilla/5.0"},
    "file": {"name": "plan.xlsx", "type_id": 1, "uid": "f-1", "path": "/budget/plan.xlsx",
             "size": 5120, "owner": {"email_addr": "bea@corp.example"}},
}  # fmt: skip

BOX_CSV = """\
Date,User Name,User Email,User ID,IP Address,Action,Affected,Affected ID,Size (Bytes)
2026-03-02 09:05:07,Ann Berg,ann@corp.example,8,203.0.113.7,Delete,"Plan, ""final"".xlsx",3101,5120
2026-03-02 09:06:07,Ann Berg,ann@corp.example,8,203.0.113.7,Login,,,
"""

GOOGLE_CSV = """\
Item name,Event description,User,Date,Event name,Item id,Item type,Owner,Visibility,IP address
Plan,ann@corp.example viewed an item,ann@corp.example,2026-03-02T09:05:07+01:00,View,1AbC,Google Sheets,bea@corp.example,Private,203.0.113.7
Old,ann@corp.example moved an item to the trash,ann@corp.example,2026-03-02T09:06:07+01:00,Trash,2AbC,Google Docs,ann@corp.example,Private,203.0.113.7
"""  # noqa: E501

DROPBOX_CSV = """\
Time,Event,Event type,Member,Email,IP address,File name,Path
2026-03-02 09:05:07,Deleted files,file_delete,Ann Berg,ann@corp.example,203.0.113.7,Plan.xlsx,/Budget/Plan.xlsx
"""  # noqa: E501

#: Format, and a record of it.
RECORDS: dict[str, Json] = {
    "box": BOX,
    "google": GOOGLE,
    "microsoft365": MICROSOFT,
    "microsoft_graph": GRAPH,
    "microsoft_signins": SIGN_IN,
    "sentinel_office": SENTINEL_OFFICE,
    "sentinel_signins": SENTINEL_SIGN_IN,
    "sentinel_audit": _in_sentinel(GRAPH),
    "powershell_signins": in_powershell(SIGN_IN),
    "dropbox": DROPBOX,
    "cloudtrail": CLOUDTRAIL,
    "ocsf": OCSF,
}
#: Where each format has its time, and its id.
_TIMES = {
    "box": ("created_at",), "google": ("id", "time"), "microsoft365": ("CreationTime",),
    "sentinel_office": ("TimeGenerated",), "sentinel_signins": ("CreatedDateTime",),
    "sentinel_audit": ("ActivityDateTime",),
    "powershell_signins": ("CreatedDateTime",), "microsoft_graph": ("activityDateTime",),
    "microsoft_signins": ("createdDateTime",),
    "dropbox": ("timestamp",), "cloudtrail": ("eventTime",), "ocsf": ("time",),
}  # fmt: skip
_IDS = {
    "box": ("event_id",), "google": ("id", "uniqueQualifier"), "microsoft365": ("Id",),
    "sentinel_office": ("OfficeId",), "sentinel_signins": ("Id",), "sentinel_audit": ("Id",),
    "powershell_signins": ("Id",), "microsoft_graph": ("id",),
    "microsoft_signins": ("id",), "cloudtrail": ("eventID",),
    "ocsf": ("metadata", "uid"),
}  # fmt: skip
_BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)


def many(format: str, count: int) -> list[Json]:
    """Return records of a format, a second apart, with ids of their own."""
    found = []
    for number in range(count):
        record = copy.deepcopy(RECORDS[format])
        time = _BEGIN + timedelta(seconds=number)
        _put(record, _TIMES[format], int(time.timestamp() * 1000) if format == "ocsf"
             else time.strftime("%Y-%m-%dT%H:%M:%SZ"))  # fmt: skip
        if format in _IDS:
            _put(record, _IDS[format], f"id-{number}")
        found.append(record)
    return found


def _put(record: Json, path: tuple[str, ...], value: Any) -> None:
    for key in path[:-1]:
        record = record[key]
    record[path[-1]] = value
