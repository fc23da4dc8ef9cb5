"""The services' words for people's actions.

Of an event's three words the API documents only that they get more specific from left to right.
Here the first is the area, the second the API's own word where it has one (``add``, ``delete``,
``update``, ``rename``, ``move``, ``copy``, ``restore``) and a plain verb otherwise, the third the
service's own:

- Google: the reports API's event names, of the applications Drive, Login, Token, User accounts and
  Admin, https://developers.google.com/workspace/admin/reports/v1/appendix/activity/drive.
- Box: the enterprise events, https://developer.box.com/guides/events/enterprise-events/for-enterprise/.
  They do not tell emptying the trash from deleting; a visitor without a login is the user ``2``.
- OneDrive: the operations of Microsoft's audit log,
  https://learn.microsoft.com/en-us/purview/audit-log-activities.
"""

# ruff: noqa: E501  (the table reads better in long lines)

from __future__ import annotations

from typing import NamedTuple

__all__ = ["VERBS", "Words", "words"]


class Words(NamedTuple):
    """The three words of an event, and what its metadata is about."""

    category: str
    type: str
    subtype: str
    about: str


# verb: area, the API's word, about; Google, Box, OneDrive.
_TABLE = """
login              | authentication | login        | user   | login_success | LOGIN | UserLoggedIn
login_failed       | authentication | login_failed | user   | login_failure | FAILED_LOGIN | UserLoginFailed
password_change    | authentication | password_change | user | password_edit | EDIT_USER | Change user password.
password_reset     | administration | password_reset | user | CHANGE_PASSWORD | EDIT_USER | Reset user password.
view               | file | preview  | file | view | PREVIEW | FileAccessed
download           | file | download | file | download | DOWNLOAD | FileDownloaded
sync               | file | download | file | sync_item_content | DOWNLOAD | FileSyncDownloadedFull
upload             | file | add      | file | upload | UPLOAD | FileUploaded
sync_upload        | file | add      | file | upload | UPLOAD | FileSyncUploadedFull
edit               | file | update   | file | edit | EDIT | FileModified
rename             | file | rename   | file | rename | RENAME | FileRenamed
move               | file | move     | file | move | MOVE | FileMoved
copy               | file | copy     | file | source_copy | COPY | FileCopied
trash              | file | delete   | file | trash | DELETE | FileRecycled
purge              | file | delete   | file | delete | DELETE | FileDeletedFirstStageRecycleBin
restore            | file | restore  | file | untrash | UNDELETE | FileRestored
share              | sharing | share   | file | change_user_access | COLLABORATION_INVITE | SharingSet
share_out          | sharing | share   | file | change_user_access | COLLABORATION_INVITE | SharingInvitationCreated
link               | sharing | share   | file | change_document_visibility | SHARE | AnonymousLinkCreated
link_inside        | sharing | share   | file | change_document_access_scope | SHARE | CompanyLinkCreated
unshare            | sharing | unshare | file | change_user_access | UNSHARE | SharingRevoked
visit              | file | preview  | file | view | PREVIEW | AnonymousLinkUsed
visit_download     | file | download | file | download | DOWNLOAD | AnonymousLinkUsed
user_add           | administration | user_add | user | CREATE_USER | NEW_USER | Add user.
user_suspend       | administration | user_update | user | SUSPEND_USER | EDIT_USER | Disable account.
user_resume        | administration | user_update | user | UNSUSPEND_USER | EDIT_USER | Enable account.
user_delete        | administration | user_delete | user | DELETE_USER | DELETE_USER | Delete user.
group_add          | administration | group_add | group | CREATE_GROUP | GROUP_CREATION | Add group.
member_add         | administration | group_member_add | group | ADD_GROUP_MEMBER | GROUP_ADD_USER | Add member to group.
member_remove      | administration | group_member_remove | group | REMOVE_GROUP_MEMBER | GROUP_REMOVE_USER | Remove member from group.
role_add           | administration | role_add | user | ASSIGN_ROLE | CHANGE_ADMIN_ROLE | Add member to role.
role_remove        | administration | role_remove | user | UNASSIGN_ROLE | CHANGE_ADMIN_ROLE | Remove member from role.
consent            | application | authorize | application | authorize | USER_AUTHENTICATE_OAUTH2_ACCESS_TOKEN_CREATE | Consent to application.
revoke             | application | revoke | application | revoke | OAUTH2_ACCESS_TOKEN_REVOKE | Remove OAuth2PermissionGrant.
"""

_LINES = [[w.strip() for w in line.split("|")] for line in _TABLE.strip().splitlines()]

#: Every verb's number.
VERBS: dict[str, int] = {line[0]: number for number, line in enumerate(_LINES)}

_SERVICES = {"gdrive": 4, "box": 5, "onedrivebiz": 6}


def words(service: str) -> list[Words]:
    """Return the words of each verb, in the order of `VERBS`.

    Parameters
    ----------
    service : {"gdrive", "box", "onedrivebiz"}

    Returns
    -------
    list of Words
    """
    column = _SERVICES[service]
    return [Words(line[1], line[2], line[column], line[3]) for line in _LINES]
