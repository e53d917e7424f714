"""Where works come from and what came of them, as far as each viewer may know."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from gallery import bin as the_bin
from gallery import lineage
from gallery.models import Lineage, Work
from tests.gallery.conftest import MakeWork
from tests.gallery.pages.test_pages import page

pytestmark = pytest.mark.django_db


def link(child: Work, parent: Work | None, kind: str = "remix") -> None:
    Lineage.objects.create(child=child, parent=parent, kind=kind)


def shape(node: lineage.Kin) -> list[Any]:
    """Titles, nested as the tree is; a number for what is hidden."""
    kin: list[Any] = [[each.work.title if each.work else None, *shape(each)] for each in node.kin]
    return kin + ([node.hidden] if node.hidden else [])


@pytest.fixture
def family(alice: User, bob: User, make_work: MakeWork) -> dict[str, Work]:
    """From old to grandchild; mid and grandchild are private, work is alice's and all others bob's."""
    owners = {"old": bob, "mid": bob, "work": alice, "child": bob, "grandchild": bob}
    seen = {name: "private" if name in ("mid", "grandchild") else "public" for name in owners}
    works = {name: make_work(owner, title=name, visibility=seen[name]) for name, owner in owners.items()}
    for child, parent in [("mid", "old"), ("work", "mid"), ("work", "old"), ("child", "work"), ("grandchild", "child")]:
        link(works[child], works[parent])
    return works


def test_each_viewer_sees_what_they_may_and_how_many_there_are_besides(
    family: dict[str, Work], alice: User, bob: User
) -> None:
    work = family["work"]
    assert shape(lineage.origins(work, bob)) == [["mid"], ["old"]]
    assert shape(lineage.origins(work, alice)) == [["old"], 1]
    assert shape(lineage.descendants(work, bob)) == [["child", ["grandchild"]]]
    assert shape(lineage.descendants(work, AnonymousUser())) == [["child", 1]]


def test_the_page_names_only_what_the_visitor_may_see(family: dict[str, Work]) -> None:
    html = page(None, f"/gallery/{family['work'].pk}/")
    assert "Remix of" in html and str(family["old"].pk) in html
    assert str(family["mid"].pk) not in html and str(family["grandchild"].pk) not in html
    assert "1 more that is private" in html


def test_credit_outlives_the_original(alice: User, bob: User, make_work: MakeWork) -> None:
    parent, child = make_work(bob, visibility="public"), make_work(alice, visibility="public")
    link(child, parent)
    the_bin.delete(bob, [parent.pk])
    assert "a work that is gone" in page(None, f"/gallery/{child.pk}/")
    parent.delete()
    html = page(None, f"/gallery/{child.pk}/")
    assert "Remix of" in html and "a work that is gone" in html
    bob.delete()
    assert Lineage.objects.get().child == child


def test_children_in_the_bin_are_nobodys_business(alice: User, bob: User, make_work: MakeWork) -> None:
    parent = make_work(alice, visibility="public")
    child = make_work(bob, visibility="public", deleted_at=timezone.now())
    link(child, parent)
    for viewer in (alice, bob):
        assert not lineage.descendants(parent, viewer).any


def test_circles_end_and_a_large_family_costs_as_many_queries_as_a_small_one(
    alice: User, make_work: MakeWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    works = [make_work(alice) for _ in range(6)]
    for one, other in zip(works, [*works[1:], works[0]], strict=True):
        link(one, other)
    with CaptureQueriesContext(
        connection,
    ) as small:
        lineage.origins(works[0], alice)
    assert len(small) <= 3 * lineage.GENERATIONS
    monkeypatch.setattr(lineage, "SHOWN", 3)
    for other in works[1:5]:
        link(other, works[0], "input")
    with CaptureQueriesContext(connection) as large:
        tree = lineage.descendants(works[0], alice)
    assert len(tree.kin) == 3 and tree.more == 2
    assert len(large) <= 3 * lineage.GENERATIONS
