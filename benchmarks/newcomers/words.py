"""What the services call an action.

Dropbox: the tags of ``EventType`` in the ``team_log`` namespace of its API. Box: ``event_type``
of the enterprise events in its reference. Google: "Activity events" of the Reports API.
Microsoft: "Audit log activities". The general terms are those of API version 2 in the frames of
the other simulators.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["ACTIONS", "SERVICES", "Action"]

SERVICES = ("dropbox", "box", "gdrive", "onedrivebiz")


class Action(NamedTuple):
    """An action: category, general type, word of version 1, sign, and the word of each service."""

    category: str
    type: str
    v1: str | None
    sign: str | None
    words: dict[str, str]


# verb, category, type, word of v1, sign; then dropbox, box, gdrive, onedrivebiz
_TABLE = """
view file preview - -; file_preview; PREVIEW; view; FileAccessed
download file download - -; file_download; DOWNLOAD; download; FileDownloaded
sync file download - -; file_download; DOWNLOAD; sync_item_content; FileSyncDownloadedFull
upload file add add +; file_add; UPLOAD; upload; FileUploaded
edit file update update -; file_edit; EDIT; edit; FileModified
rename file rename rename -; file_rename; RENAME; rename; FileRenamed
move file move move -; file_move; MOVE; move; FileMoved
copy file copy copy -; file_copy; COPY; copy; FileCopied
trash file delete delete -1; file_delete; DELETE; trash; FileRecycled
purge file delete delete -1; file_permanently_delete; DELETE; delete; FileDeletedFirstStageRecycleBin
untrash file restore restore -; file_restore; UNDELETE; untrash; FileRestored
share sharing share - -; shared_content_add_member; COLLABORATION_INVITE; change_user_access; SharingSet
invite sharing share - -; shared_content_add_invitees; COLLABORATION_INVITE; change_user_access; SharingInvitationCreated
company_link sharing share - -; shared_link_create; SHARE; change_document_access_scope; CompanyLinkCreated
public_link sharing share - -; shared_link_create; SHARE; change_document_visibility; AnonymousLinkCreated
unshare sharing unshare - -; shared_content_remove_member; UNSHARE; change_user_access; SharingRevoked
unlink sharing unshare - -; shared_link_disable; UNSHARE; change_document_visibility; AnonymousLinkRemoved
visit file preview - -; shared_link_view; PREVIEW; view; AnonymousLinkUsed
login authentication login - -; login_success; LOGIN; login_success; UserLoggedIn
fail authentication login_failed - -; login_fail; FAILED_LOGIN; login_failure; UserLoginFailed
password authentication password_change - -; password_change; EDIT_USER; password_edit; Change user password.
factor_off authentication mfa_disable - -; tfa_change_status; DISABLE_MULTI_FACTOR_AUTH; 2sv_disable; Disable Strong Authentication.
factor_on authentication mfa_enable - -; tfa_change_status; ENABLE_MULTI_FACTOR_AUTH; 2sv_enroll; Enable Strong Authentication.
reset administration password_reset - -; password_reset; EDIT_USER; CHANGE_PASSWORD; Reset user password.
join administration user_add - -; member_change_status; NEW_USER; CREATE_USER; Add user.
suspend administration user_update - -; member_change_status; EDIT_USER; SUSPEND_USER; Disable account.
revive administration user_update - -; member_change_status; EDIT_USER; UNSUSPEND_USER; Enable account.
promote administration role_add - -; member_change_admin_role; CHANGE_ADMIN_ROLE; ASSIGN_ROLE; Add member to role.
demote administration role_remove - -; member_change_admin_role; CHANGE_ADMIN_ROLE; UNASSIGN_ROLE; Remove member from role.
group_in administration group_member_add - -; group_add_member; GROUP_ADD_USER; ADD_GROUP_MEMBER; Add member to group.
group_out administration group_member_remove - -; group_remove_member; GROUP_REMOVE_USER; REMOVE_GROUP_MEMBER; Remove member from group.
setting administration setting_change - -; sharing_change_link_policy; EXTERNAL_COLLAB_SECURITY_SETTINGS; CHANGE_APPLICATION_SETTING; SharingPolicyChanged
consent application authorize - -; app_link_user; USER_AUTHENTICATE_OAUTH2_ACCESS_TOKEN_CREATE; authorize; Consent to application.
revoke application revoke - -; app_unlink_user; OAUTH2_ACCESS_TOKEN_REVOKE; revoke; Remove delegation entry.
"""  # noqa: E501 - a table


def _read() -> dict[str, Action]:
    actions = {}
    for line in _TABLE.strip().splitlines():
        terms, *words = (part.strip() for part in line.split(";"))
        verb, category, type_, v1, sign = terms.split()
        signs = {"+": "+", "-1": "-", "-": None}
        by_service = dict(zip(SERVICES, words, strict=True))
        actions[verb] = Action(category, type_, None if v1 == "-" else v1, signs[sign], by_service)
    return actions


ACTIONS = _read()
