"""The pages that benchmarks.gallery asks for, each as a series of different requests."""

import random
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from django.test import Client

from accounts.models import User
from benchmarks.gallery_rows import EN, RARE, ZH

Series = Iterator[tuple[Any, str]]


def client_of(user: User | None) -> Client:
    client = Client()
    if user:
        client.force_login(user)
    client.get("/explore/")
    return client


def pages(draw: random.Random, rounds: int) -> Iterator[tuple[str, Series]]:
    """(what, requests) of every row of the table."""
    nobody = client_of(None)
    admin = client_of(User.objects.get(username="person0"))
    people = [(f"person{n}", client_of(User.objects.get(username=f"person{n}"))) for n in (1, 7, 30, 60, 200, 400)]

    def explore(make: Any) -> Series:
        return ((nobody, f"/explore/?{make()}") for _ in range(rounds))

    def own(make: Any) -> Series:
        return ((draw.choice(people)[1], f"/gallery/?{make()}") for _ in range(rounds))

    def en() -> str:
        return draw.choice(EN["what"])

    def zh() -> str:
        return quote(draw.choice(ZH["what"]))

    yield "Explore, newest", explore(str)
    yield "Explore, most liked", explore(lambda: "sort=liked")
    yield "Explore, far down", _deep(nobody, "/explore/", rounds)
    yield "Explore, most liked, far down", _deep(nobody, "/explore/?sort=liked", rounds)
    yield (
        "Explore, one filter",
        explore(
            lambda: draw.choice(
                ["tool=inpaint", "model=flux", "shape=portrait", "colour=teal", "origin=edit", "origin=none"]
            )
        ),
    )
    yield "Explore, a rare model", explore(lambda: "model=rare&sort=" + draw.choice(["", "liked"]))
    yield (
        "Explore, five filters",
        explore(lambda: f"tool=inpaint&model=sdxl&shape=portrait&colour={draw.choice(['red', 'pink'])}&origin=edit"),
    )
    yield "Explore, a person", explore(lambda: f"by=person{draw.randrange(500)}&tool=inpaint")
    yield "search, one English word", explore(lambda: f"q={en()}")
    yield (
        "search, a very common word",
        explore(lambda: f"q={quote(draw.choice(['watercolour', '水彩画', 'light', '油画']))}"),
    )
    yield "search, as one types (2 letters)", explore(lambda: f"q={en()[:2]}")
    yield "search, two English words", explore(lambda: f"q={en()}+{draw.choice(EN['how'])}")
    yield "search, a phrase", explore(lambda: f"q={quote(chr(34) + draw.choice(EN['where']) + chr(34))}")
    yield "search, a Chinese word", explore(lambda: f"q={zh()}")
    yield "search, two Chinese words", explore(lambda: f"q={zh()}+{quote(draw.choice(ZH['style']))}")
    yield (
        "search, one Chinese character",
        explore(lambda: f"q={quote(draw.choice(ZH['what'])[0])}" if False else f"q={quote('猫')}"),
    )
    yield "search, a rare word", explore(lambda: f"q={quote(RARE[draw.choice(['en', 'zh'])])}")
    yield "search, a word nobody said", explore(lambda: f"q=xyzzy{draw.randrange(1000)}")
    yield "search with three filters", explore(lambda: f"q={en()}&tool=inpaint&shape=portrait&colour=red")
    yield "search, most liked", explore(lambda: f"q={draw.choice([en(), zh()])}&sort=liked")
    yield "my works", own(str)
    yield "my works, favourites", own(lambda: "kept=favourite")
    yield "my works, most liked", own(lambda: "sort=liked")
    yield "my works, searched", own(lambda: f"q={draw.choice([en(), zh()])}")
    yield "my works, a tag and a tool", own(lambda: "tag=sea&tool=inpaint")
    yield "a person's page", ((nobody, f"/people/person{draw.randrange(500)}/") for _ in range(rounds))
    yield (
        "a tag's page, common",
        ((nobody, f"/tags/{quote(draw.choice(['sea', 'night', '猫咪']))}/") for _ in range(rounds)),
    )
    yield "a tag's page, rare", ((nobody, f"/tags/{quote(f'tag {draw.randrange(20)}')}/") for _ in range(rounds))
    yield "a tag's page, searched", ((nobody, f"/tags/sea/?q={en()}") for _ in range(rounds))
    yield "admin, all works", ((admin, "/admin/gallery/work/") for _ in range(rounds // 4))
    yield "admin, public ones", ((admin, "/admin/gallery/work/?visibility__exact=public") for _ in range(rounds // 4))


def _deep(client: Client, address: str, rounds: int) -> Series:
    """Ten pages on, and on."""
    for number in range(rounds * 4):
        if number % 4 == 0:
            yield client, address
        html = client.get(address).content.decode()
        more = re.search(r'href="([^"]+)" rel="next"', html)
        if more is None:
            return
        address = more[1].replace("&amp;", "&")
