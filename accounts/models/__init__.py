"""The accounts' tables."""

from accounts.models.invitation import Invitation
from accounts.models.key import ApiKey
from accounts.models.notice import Notice
from accounts.models.record import AppendOnly, RecordHead, StaffAction
from accounts.models.role import Role
from accounts.models.session import LoginSession
from accounts.models.user import User
from accounts.models.workshop import Workshop

__all__ = [
    "ApiKey",
    "AppendOnly",
    "Invitation",
    "LoginSession",
    "Notice",
    "RecordHead",
    "Role",
    "StaffAction",
    "User",
    "Workshop",
]
