"""The roles that every studio has, made after each migrate: groups with their permissions and numbers.

An app says what its models add to a role: `role_permissions = {"moderator": ["view_report", …]}` on its AppConfig.
Numbers and permissions are seeded once; afterwards they are the administrator's.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import connections, router

MEMBER, TRUSTED, MODERATOR, OPERATOR, ADMIN = "member", "trusted", "moderator", "operator", "admin"
# Who gets into the admin site (User.is_staff) by being put into one of these.
STAFF = (MODERATOR, OPERATOR, ADMIN)
GIB = 1024**3

# Of those who are known.
_PLENTY = {
    "weight": 2.0,
    "running": 4,
    "queued": 50,
    "images_per_day": 1000,
    "gpu_seconds_per_day": 4 * 3600,
    "gpu_seconds_per_request": 1800,
    "max_side": 4096,
    "max_megapixels": 16.8,
    "storage_bytes": 20 * GIB,
    "album_photos": 500,
}
NUMBERS: dict[str, dict[str, Any]] = {
    MEMBER: {},
    TRUSTED: _PLENTY,
    # Looks after workers and queues, and sees nothing of what people make.
    OPERATOR: {},
    MODERATOR: _PLENTY,
    ADMIN: {
        "weight": 4.0,
        "running": 8,
        "queued": 100,
        "images_per_day": None,
        "gpu_seconds_per_day": None,
        "gpu_seconds_per_request": None,
        "max_side": None,
        "max_megapixels": None,
        "storage_bytes": None,
        "album_photos": None,
    },
}


def seed(app_config: Any, using: str) -> None:
    """Make what is missing of the roles, and give them the permissions that `app_config` has for them.

    A permission that was given once and taken away by an administrator is not given again.
    """
    from accounts.models import Role

    tables = connections[using].introspection.table_names()
    if not router.allow_migrate_model(using, Role) or Role._meta.db_table not in tables:
        return  # on the way to an early migration
    own = Permission.objects.using(using).filter(content_type__app_label=app_config.label)
    wanted: Mapping[str, Iterable[str]] = getattr(app_config, "role_permissions", {})
    for name, numbers in NUMBERS.items():
        group, _ = Group.objects.using(using).get_or_create(name=name)
        role, _ = Role.objects.using(using).get_or_create(group=group, defaults=numbers)
        given = own if name == ADMIN else own.filter(codename__in=list(wanted.get(name, [])))
        known = set(role.seeded)
        fresh = [p for p in given if f"{app_config.label}.{p.codename}" not in known]
        if fresh:
            group.permissions.add(*fresh)
            role.seeded = sorted(known | {f"{app_config.label}.{p.codename}" for p in fresh})
            role.save(using=using, update_fields=["seeded"])
