"""News from the accounts, for rooms above that must act on it."""

from django.dispatch import Signal

# A session ended, or an API key was revoked. Arguments: user_id (int), session_key (str; ApiKey.socket_name for a key).
access_revoked = Signal()

# A person was told something. Sent after the commit. Argument: notice (accounts.models.Notice).
notice_created = Signal()
# An account and everything of it is gone. Arguments: user_id (int).
account_deleted = Signal()

# A person has said something else about themselves, and everybody can read it (User.about).
# Argument: user (accounts.models.User).
about_changed = Signal()

# A person is kept out from now on. Sent in the transaction that writes it.
# Arguments: user_id (int), until (datetime, or None: until lifted), reason (str).
person_suspended = Signal()

# What these people may do has changed: whoever remembers it shall ask again. Argument: user_ids (list of int).
limits_changed = Signal()
