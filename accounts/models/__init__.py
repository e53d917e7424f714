"""The accounts' tables."""

from accounts.models.notice import Notice
from accounts.models.record import AppendOnly, RecordHead, StaffAction
from accounts.models.user import User

__all__ = ["AppendOnly", "Notice", "RecordHead", "StaffAction", "User"]
