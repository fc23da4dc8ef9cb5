"""Each service's words for actions.

Drive, login, token and admin events: Google's Reports API, appendix "Activity events". Box: the
enum ``event_type`` of its OpenAPI description (``box/box-openapi``). Microsoft: "Audit log
activities", where operations of the directory end with a full stop. Dropbox: the tags of
``EventType`` in its ``team_log`` namespace. How API version 2 maps them to categories and types is
not documented; the terms here are those in the frames of `benchmarks.worlds`.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["SERVICES", "VERBS", "Verb", "word"]

SERVICES = ("dropbox", "box", "gdrive", "onedrivebiz")


class Verb(NamedTuple):
    """An action: its category and type in API version 2, its word in version 1 and its sign."""

    category: str
    type: str
    v1: str | None
    action: str | None
    words: tuple[tuple[str, ...], ...]


def _read(table: str) -> dict[str, Verb]:
    """Read lines of ``verb: category type v1 action: words of each service``."""
    verbs = {}
    for line in table.strip().splitlines():
        verb, terms, words = (part.strip() for part in line.split(":", 2))
        category, type_, v1, action = (None if t == "-" else t for t in terms.split())
        by_service = tuple(tuple(w.split("/")) for w in (part.strip() for part in words.split("|")))
        sign = {"plus": "+", "minus": "-"}.get(action or "")
        verbs[verb] = Verb(category or "", type_ or "", v1, sign, by_service)
    return verbs


# The services as in SERVICES; "/" separates words that one service uses for the same action.
VERBS = _read("""
view: file preview - -: file_preview | PREVIEW | view | FileAccessed/FilePreviewed
download: file download - -: file_download | DOWNLOAD | download | FileDownloaded
sync: file download - -: file_download | DOWNLOAD | sync_item_content | FileSyncDownloadedFull
add: file add add plus: file_add | UPLOAD | upload/create | FileUploaded
update: file update update -: file_edit | EDIT | edit | FileModified
rename: file rename rename -: file_rename | RENAME | rename | FileRenamed
move: file move move -: file_move | MOVE | move | FileMoved
copy: file copy copy -: file_copy | COPY | source_copy | FileCopied
restore: file restore restore -: file_restore | UNDELETE | untrash | FileRestored
delete: file delete delete minus: file_delete | DELETE | trash | FileRecycled
purge: file delete delete minus: file_permanently_delete | DELETE | delete | FileDeletedFirstStageRecycleBin
share: sharing share - -: shared_content_add_member | COLLABORATION_INVITE | change_user_access | SharingSet
invite: sharing share - -: shared_content_add_invitees | COLLABORATION_INVITE | change_user_access | SharingInvitationCreated
company: sharing share - -: shared_link_create | SHARE | change_document_access_scope | CompanyLinkCreated
public: sharing share - -: shared_link_create/shared_link_change_visibility | SHARE | change_document_visibility | AnonymousLinkCreated
unshare: sharing unshare - -: shared_content_remove_member | UNSHARE | change_user_access | SharingRevoked
visit: file preview - -: shared_link_view | PREVIEW | view | AnonymousLinkUsed
login: authentication login - -: login_success | LOGIN | login_success | UserLoggedIn
failure: authentication login_failed - -: login_fail | FAILED_LOGIN | login_failure | UserLoginFailed
password: authentication password_change - -: password_change | EDIT_USER | password_edit | Change user password.
reset: administration password_reset - -: password_reset | EDIT_USER | CHANGE_PASSWORD | Reset user password.
factor_off: authentication mfa_disable - -: tfa_change_status | DISABLE_MULTI_FACTOR_AUTH | 2sv_disable | Disable Strong Authentication.
factor_on: authentication mfa_enable - -: tfa_change_status | ENABLE_MULTI_FACTOR_AUTH | 2sv_enroll | Enable Strong Authentication.
join: administration user_add - -: member_change_status | NEW_USER | CREATE_USER | Add user.
suspend: administration user_update - -: member_change_status | EDIT_USER | SUSPEND_USER | Disable account.
revive: administration user_update - -: member_change_status | EDIT_USER | UNSUSPEND_USER | Enable account.
promote: administration role_add - -: member_change_admin_role | CHANGE_ADMIN_ROLE | ASSIGN_ROLE/GRANT_ADMIN_PRIVILEGE | Add member to role.
demote: administration role_remove - -: member_change_admin_role | CHANGE_ADMIN_ROLE | UNASSIGN_ROLE | Remove member from role.
enter: administration group_member_add - -: group_add_member | GROUP_ADD_USER | ADD_GROUP_MEMBER | Add member to group.
exit: administration group_member_remove - -: group_remove_member | GROUP_REMOVE_USER | REMOVE_GROUP_MEMBER | Remove member from group.
consent: application authorize - -: app_link_user | USER_AUTHENTICATE_OAUTH2_ACCESS_TOKEN_CREATE | authorize | Consent to application.
revoke: application revoke - -: app_unlink_user | OAUTH2_ACCESS_TOKEN_REVOKE | revoke | Remove delegation entry.
blind: administration setting_change - -: admin_alerting_changed_alert_config | SHIELD_ACCESS_POLICY_DELETED/DATA_RETENTION_REMOVE_RETENTION | SYSTEM_DEFINED_RULE_UPDATED | Set-AdminAuditLogConfig/Remove-UnifiedAuditLogRetentionPolicy
setting: administration setting_change - -: tfa_change_policy | ENTERPRISE_APP_AUTHORIZATION_UPDATE/EXTERNAL_COLLAB_SECURITY_SETTINGS | CHANGE_APPLICATION_SETTING | SharingPolicyChanged
""")  # noqa: E501 - a table


def word(verb: str, service: str, which: int) -> str:
    """Return the service's word for an action; `which` selects among several.

    Examples
    --------
    >>> word("view", "onedrivebiz", 0), word("view", "onedrivebiz", 3)
    ('FileAccessed', 'FilePreviewed')
    """
    words = VERBS[verb].words[SERVICES.index(service)]
    return words[which % len(words)]
