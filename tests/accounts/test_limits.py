"""What a role allows, and which roles count for whom."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

from accounts.limits import limits_of, limits_of_all
from accounts.models import Role, User
from accounts.roles import seed


def join(user: User, *names: str) -> User:
    user.groups.add(*Group.objects.filter(name__in=names))
    return User.objects.get(pk=user.pk)


def test_who_is_in_no_group_is_a_member(alice) -> None:
    limits = limits_of(alice)
    assert (limits.role, limits.running, limits.queued, limits.weight) == ("member", 2, 20, 1.0)


def test_the_best_of_several_roles_counts(alice) -> None:
    Role.objects.filter(group__name="trusted").update(images_per_day=10, hold_public=True)
    limits = limits_of(join(alice, "member", "trusted"))
    assert (limits.role, limits.running, limits.queued, limits.images_per_day) == ("trusted", 4, 50, 200)
    assert not limits.hold_public, "one role that is trusted is enough"


def test_a_superuser_is_like_an_admin_without_limits(db) -> None:
    limits = limits_of(User.objects.create_superuser("root"))
    assert (limits.role, limits.images_per_day, limits.storage_bytes, limits.max_side) == ("admin", None, None, None)


def test_a_role_that_stands_alone_is_the_only_one_that_counts(alice) -> None:
    workshop = Group.objects.create(name="class 4b")
    Role.objects.create(group=workshop, alone=True, running=1, images_per_day=5)
    limits = limits_of(join(alice, "trusted", "class 4b"))
    assert (limits.running, limits.images_per_day, limits.weight) == (1, 5, 1.0)


def test_a_group_without_a_role_changes_nothing(alice) -> None:
    alice.groups.add(Group.objects.create(name="painters"))
    assert limits_of(alice).role == "member"


def test_limits_take_one_query_and_are_kept_for_the_request(alice, django_assert_num_queries, monkeypatch) -> None:
    monkeypatch.setattr("accounts.limits.KEPT_FOR", 3600.0)
    with django_assert_num_queries(1):
        limits_of(alice)
        limits_of(alice)
    with django_assert_num_queries(1):
        limits_of(alice, fresh=True)


def test_many_people_are_looked_up_together(alice, bob, mod, django_assert_num_queries) -> None:
    join(bob, "trusted")
    with django_assert_num_queries(2):
        found = limits_of_all([alice.pk, bob.pk, mod.pk])
    assert [found[user.pk].role for user in (alice, bob, mod)] == ["member", "trusted", "moderator"]
    assert all(found[user.pk] == limits_of(user) for user in (alice, bob, mod))


def test_without_any_role_left_people_are_still_members(alice) -> None:
    Role.objects.all().delete()
    assert limits_of(alice).running == 2


def test_a_weight_of_nothing_is_impossible(db) -> None:
    from django.db import IntegrityError

    with pytest.raises(IntegrityError):
        Role.objects.filter(group__name="member").update(weight=0)


def test_the_roles_are_made_with_their_permissions(db) -> None:
    may = {
        group.name: {
            f"{p.content_type.app_label}.{p.codename}" for p in group.permissions.select_related("content_type")
        }
        for group in Group.objects.all()
    }
    assert may["member"] == set()
    assert may["trusted"] == {"accounts.run_workshops"}
    assert "accounts.suspend_user" in may["moderator"]
    assert not may["moderator"] & {"accounts.change_user", "studio.change_model", "auth.change_group"}
    assert len(may["admin"]) == Permission.objects.count()


def test_what_an_administrator_changed_survives_the_next_migrate(db) -> None:
    from django.apps import apps

    trusted = Group.objects.get(name="trusted")
    trusted.permissions.clear()
    Role.objects.filter(group=trusted).update(running=7)
    call_command("migrate", verbosity=0)
    seed(apps.get_app_config("accounts"), "default")
    assert not trusted.permissions.exists()
    assert Role.objects.get(group=trusted).running == 7


def test_a_moderator_gets_into_the_admin_and_out_again(alice) -> None:
    moderators = Group.objects.get(name="moderator")
    assert join(alice, "moderator").is_staff
    alice.groups.remove(moderators)
    assert not User.objects.get(pk=alice.pk).is_staff
    moderators.user_set.add(alice)
    assert User.objects.get(pk=alice.pk).is_staff
    assert not join(alice, "trusted").is_superuser


def test_roles_are_edited_in_the_admin_by_admins_only(client, alice, mod) -> None:
    role = Role.objects.get(group__name="member")
    client.force_login(mod)
    assert client.get(f"/admin/accounts/role/{role.pk}/change/").status_code == 403
    client.force_login(join(alice, "admin"))
    page = client.get(f"/admin/accounts/role/{role.pk}/change/")
    form = {k: v for k, v in page.context["adminform"].form.initial.items() if v not in (None, False)}
    answer = client.post(f"/admin/accounts/role/{role.pk}/change/", form | {"running": 3, "images_per_day": ""})
    assert answer.status_code == 302
    role.refresh_from_db()
    assert (role.running, role.images_per_day) == (3, None)
