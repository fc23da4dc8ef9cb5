"""Whom and what a record names, in the shapes in which the services write it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import kloudless_data as kd

UNIFIED = {
    "CreationTime": "2026-03-01T10:00:00", "Id": "1", "OrganizationId": "o", "RecordType": 6,
    "UserKey": "k", "UserType": 0, "Workload": "SharePoint", "UserId": "ann@corp.example",
}  # fmt: skip
GRAPH = {
    "id": "1", "activityDateTime": "2026-03-01T10:00:00Z", "result": "success",
    "initiatedBy": {"user": {"userPrincipalName": "ann@corp.example", "id": "u"}},
}  # fmt: skip
PERMISSIONS = (
    "[] => [[Id: x, ClientId: 3, PrincipalId: , ConsentType: AllPrincipals, "
    "Scope: Mail.ReadWrite offline_access], [Id: y, Scope:  User.Read, CreatedDateTime: ]]; "
)
ROLE = "arn:aws:sts::1:assumed-role/"


def the_event(folder: Path, record: dict[str, Any]) -> tuple[pd.Series, dict[str, Any]]:
    """Return the event of a record, and the metadata that have no column."""
    (folder / "log.json").write_text(json.dumps(record))
    event = kd.read_log(folder / "log.json").to_frame().iloc[0]
    extra = event["extra"]
    return event, json.loads(extra)["metadata"] if isinstance(extra, str) else {}


@pytest.mark.parametrize("operation", ["FileRenamed", "FileMoved", "FileCopied"])
def test_a_renamed_file_has_its_new_name(tmp_path: Path, operation: str) -> None:
    record = {**UNIFIED, "Operation": operation, "SourceFileName": "plan.xlsx",
              "DestinationFileName": "plan.xlsx.lockd", "ObjectId": "https://x/p"}  # fmt: skip
    event, _ = the_event(tmp_path, record)
    assert event["metadata_name"] == "plan.xlsx.lockd"
    if operation != "FileCopied":
        assert event["previous_metadata_name"] == "plan.xlsx"


def unified_consent(name: str, value: str) -> dict[str, Any]:
    target = [{"ID": "ServicePrincipal_3", "Type": 2}, {"ID": "3", "Type": 2},
              {"ID": "ServicePrincipal", "Type": 2}, {"ID": "Mail Helper", "Type": 1}]  # fmt: skip
    return {**UNIFIED, "Operation": "Consent to application.", "ObjectId": "b3f5", "Target": target,
            "ModifiedProperties": [{"Name": name, "NewValue": value, "OldValue": ""}]}  # fmt: skip


def graph_change(activity: str, *properties: tuple[str, str]) -> dict[str, Any]:
    changed = [{"displayName": name, "oldValue": None, "newValue": json.dumps(value)}
               for name, value in properties]  # fmt: skip
    target = {"id": "t", "displayName": "Mail Helper", "type": "ServicePrincipal",
              "userPrincipalName": "bob@corp.example", "modifiedProperties": changed}  # fmt: skip
    return {**GRAPH, "activityDisplayName": activity, "targetResources": [target]}


@pytest.mark.parametrize(
    ("record", "scopes"),
    [
        (unified_consent("ConsentAction.Permissions", PERMISSIONS),
         "Mail.ReadWrite offline_access User.Read"),
        (unified_consent("DelegatedPermissionGrant.Scope", " openid Mail.Read"),
         "openid Mail.Read"),
        (graph_change("Consent to application", ("ConsentAction.Permissions", PERMISSIONS)),
         "Mail.ReadWrite offline_access User.Read"),
        (graph_change("Add delegated permission grant",
                      ("DelegatedPermissionGrant.Scope", " openid Mail.Read")),
         "openid Mail.Read"),
    ],
)  # fmt: skip
def test_a_consent_names_the_program_and_its_scopes(
    tmp_path: Path, record: dict[str, Any], scopes: str
) -> None:
    event, metadata = the_event(tmp_path, record)
    assert (event["event_type"], event["metadata_name"]) == ("app_consent", "Mail Helper")
    assert metadata["scopes"] == scopes


def test_graph_names_the_role_wherever_it_stands(tmp_path: Path) -> None:
    record = graph_change("Add member to role", ("Role.ObjectID", "5f1f3c2a"),
                          ("Role.DisplayName", "Global Administrator"))  # fmt: skip
    event, metadata = the_event(tmp_path, record)
    assert event["event_type"] == "role_add"
    assert metadata["role"] == "Global Administrator"


def test_a_site_is_nobody_who_was_given_rights(tmp_path: Path) -> None:
    changed = [{"Name": "SiteAdmin", "NewValue": "bob@corp.example"}]
    added = {**UNIFIED, "Operation": "SiteCollectionAdminAdded", "ObjectId": "https://x",
             "ModifiedProperties": changed}  # fmt: skip
    assert the_event(tmp_path, added)[1]["member"] == {"email": "bob@corp.example"}
    broken = {**UNIFIED, "Operation": "SharingInheritanceBroken", "ObjectId": "https://x/y"}
    assert "shared_with" not in the_event(tmp_path, broken)[1]


@pytest.mark.parametrize(
    ("identity", "person"),
    [
        # IAM Identity Center names the session after the user.
        ({"type": "AssumedRole", "arn": f"{ROLE}AWSReservedSSO_Dev_1a/alice@corp.example",
          "sessionContext": {"sessionIssuer": {"userName": "AWSReservedSSO_Dev_1a"}}},
         "alice@corp.example"),
        ({"type": "AssumedRole", "arn": f"{ROLE}Deploy/i-0ab",
          "sessionContext": {"sessionIssuer": {"userName": "Deploy"}}}, "Deploy"),
        ({"type": "AssumedRole", "arn": f"{ROLE}Deploy/i-0ab"}, f"{ROLE}Deploy/i-0ab"),
        ({"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}, "ec2.amazonaws.com"),
        ({"type": "Root", "arn": "arn:aws:iam::1:root"}, "Root"),
    ],
)  # fmt: skip
def test_cloudtrail_tells_people_and_services_apart(
    tmp_path: Path, identity: dict[str, Any], person: str
) -> None:
    record = {"eventName": "DeleteObject", "eventSource": "s3.amazonaws.com", "eventID": "1",
              "eventTime": "2026-03-01T10:00:00Z", "userIdentity": identity}  # fmt: skip
    assert the_event(tmp_path, record)[0]["user_name"] == person


def test_ocsf_log_ins_are_of_the_user_not_of_the_machine(tmp_path: Path) -> None:
    record = {"class_uid": 3002, "activity_id": 1, "type_uid": 300201, "status_id": 2,
              "time": 1772359200000, "metadata": {"uid": "1", "version": "1.1"},
              "actor": {"user": {"name": "WIN-DC$"}}, "user": {"name": "bob"}}  # fmt: skip
    event, _ = the_event(tmp_path, record)
    assert (event["event_type"], event["user_name"]) == ("failed_login", "bob")


@pytest.mark.parametrize(
    "written",
    [
        "guest@other.example",
        "guest_other.example#EXT#@corp.onmicrosoft.example",
        "urn:spo:guest#guest@other.example",
        "i:0#.f|membership|guest@other.example",
        "i:0#.f|membership|urn:spo:guest#guest@other.example",
        "i:0i.t|azuread|guest_other.example#ext#@corp.onmicrosoft.example",
    ],
)
def test_a_guest_is_one_person_however_written(tmp_path: Path, written: str) -> None:
    record = {**UNIFIED, "Operation": "SharingSet", "ObjectId": "https://x/p", "UserId": written,
              "TargetUserOrGroupName": written}  # fmt: skip
    event, metadata = the_event(tmp_path, record)
    assert event["user_email"] == "guest@other.example"
    assert metadata["shared_with"]["email"] == "guest@other.example"


def test_a_mail_record_is_an_event_for_each_item(tmp_path: Path) -> None:
    items = [{"Id": f"i{n}", "Subject": f"Mail {n}"} for n in range(3)]
    record = {**UNIFIED, "Operation": "HardDelete", "Workload": "Exchange", "AffectedItems": items}
    (tmp_path / "log.json").write_text(json.dumps([record, {**UNIFIED, "Operation": "HardDelete"}]))
    frame = kd.read_log(tmp_path / "log.json").to_frame()
    assert frame["metadata_id"].fillna("").tolist() == ["i0", "i1", "i2", ""]
    assert frame["metadata_name"].fillna("").tolist() == ["Mail 0", "Mail 1", "Mail 2", ""]
    assert frame["event_type"].tolist() == ["purge"] * 4


def test_of_a_row_without_a_record_the_other_columns_are_read(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(
        "CreationDate,UserIds,Operations,AuditData\n"
        "2026-03-02T09:05:07.0000000Z,ann@corp.example,FileDownloaded,\n"
    )
    log = kd.read_log(tmp_path / "log.csv")
    event = log.to_frame().iloc[0]
    assert (event["event_type"], event["user_email"]) == ("download", "ann@corp.example")
    assert event["modified"] == pd.Timestamp("2026-03-02T09:05:07Z")
    assert log.whole


def test_a_moved_file_has_the_folder_that_it_is_in_now(tmp_path: Path) -> None:
    record = {**UNIFIED, "Operation": "FileMoved", "SourceFileName": "a.txt", "ObjectId": "x",
              "DestinationFileName": "a.txt", "DestinationRelativeUrl": "New"}  # fmt: skip
    assert the_event(tmp_path, record)[1]["destination"] == "New"


def test_google_names_groups_and_their_members_in_several_ways(tmp_path: Path) -> None:
    parameters = [{"name": "group_id", "value": "all@corp.example"},
                  {"name": "member_id", "value": "bob@other.example"}]  # fmt: skip
    record = {
        "id": {"time": "2026-03-02T09:05:07Z", "applicationName": "groups_enterprise"},
        "actor": {"email": "ann@corp.example"},
        "events": [{"name": "add_member", "parameters": parameters}],
    }
    event, metadata = the_event(tmp_path, record)
    assert event["event_type"] == "group_add_member"
    assert event["metadata_name"] == "all@corp.example"
    assert metadata["member"]["email"] == "bob@other.example"
