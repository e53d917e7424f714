"""Rows for benchmarks.gallery: people, works with realistic prompts in English and Chinese, files, tags, likes."""

import itertools
import random
import uuid
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.models import User
from gallery.finding import search
from gallery.models import Like, Lineage, Shape, Tag, Work, WorkFile, WorkTag
from gallery.pixels.colours import NAMES

PEOPLE = 500
CHUNK = 2000
TOOLS = ["text_to_image"] * 6 + ["sketch_to_image"] * 4 + ["image_to_image"] * 2 + ["inpaint", "upscale", "outpaint"]
MODELS = ["starter"] * 5 + ["sdxl"] * 3 + ["flux"] * 2 + ["sd15", "rare"]
SIZES = [(512, 512), (768, 512), (512, 768), (1024, 576), (1024, 1024)]


def _split(words: str) -> list[str]:
    return [word.strip() for word in words.split("/")]


EN = {
    "what": _split(
        "cat/dog/boat/house/castle/robot/forest/mountain/lighthouse/dragon/harbour/bicycle/garden/fox/owl/train/bridge/"
        "market/cottage/whale/astronaut/violin/teapot/lantern/river/waterfall/island/temple/knight/tiger"
    ),
    "how": _split("red/blue/golden/tiny/ancient/broken/shining/sleepy/giant/misty/quiet/wooden/glass/paper/snowy/neon"),
    "where": _split(
        "on a calm lake/in the rain/at night/under northern lights/by the sea/in a narrow street/above the clouds/"
        "in an autumn forest/on the moon/in a small kitchen"
    ),
    "style": _split(
        "watercolour/oil painting/ink drawing/studio light/35mm photo/children's book/highly detailed/wide shot/"
        "soft colours/isometric"
    ),
}
ZH = {
    "what": _split(
        "猫咪/小狗/红船/房子/城堡/机器人/森林/雪山/灯塔/飞龙/港湾/自行车/花园/狐狸/猫头鹰/火车/石桥/集市/鲸鱼/宇航员"
    ),
    "how": _split("可爱的/古老的/金色的/巨大的/安静的/闪光的/木头的/玻璃的/下雪的/霓虹的"),
    "where": _split("在湖面上/在雨中/在夜晚/在极光下/在海边/在小巷里/在云端/在秋天的树林里/在月球上/在厨房里"),
    "style": _split("水彩画/油画/水墨/摄影棚灯光/胶片质感/绘本风格/细节丰富/广角/柔和的色调/等距视角"),
}
RARE = {"en": "zeppelin", "zh": "麒麟"}
BLUR = "data:image/webp;base64," + "UklGRk4AAABXRUJQVlA4IEIAAADwAQCdASoQABAA" * 4


def prompt(draw: random.Random) -> str:
    """One prompt, Chinese two times in five; one in two thousand has a rare word."""
    words = ZH if draw.random() < 0.4 else EN
    between = "，" if words is ZH else ", "
    first = draw.choice(words["how"]) + ("" if words is ZH else " ") + draw.choice(words["what"])
    what = RARE["zh" if words is ZH else "en"] if draw.random() < 0.0005 else first
    place = ("" if words is ZH else " ") + draw.choice(words["where"])
    return between.join([what + place, *draw.sample(words["style"], 3)])


def fill(count: int) -> None:
    """Make everything, and let the database look at it (its planner's figures)."""
    draw = random.Random(1)
    people = User.objects.bulk_create(
        User(username=f"person{n}", email=f"person{n}@example.org", is_staff=n == 0, is_superuser=n == 0)
        for n in range(PEOPLE)
    )
    names = [*(f"tag {n}" for n in range(200)), "sea", "night", "猫咪", "风景"]
    tags = Tag.objects.bulk_create(Tag(name=name) for name in names)
    for start in range(0, count, CHUNK):
        _chunk(draw, (people, tags), range(start, min(start + CHUNK, count)), count)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _chunk(draw: random.Random, made: tuple[list[User], list[Tag]], numbers: range, count: int) -> None:
    people, tags = made
    # Half of the works are of one person in ten.
    owners = [draw.choice(people[: PEOPLE // 10] if draw.random() < 0.5 else people) for _ in numbers]
    works = [_work(draw, owner, number, count) for owner, number in zip(owners, numbers, strict=True)]
    Work.objects.bulk_create(works)
    WorkFile.objects.bulk_create(file for work in works for file in _files(work))
    # A few tags are everywhere, most are rare.
    links = (
        (work, tag) for work in works for tag in {tags[-1 - int(draw.expovariate(0.05)) % len(tags)] for _ in range(3)}
    )
    WorkTag.objects.bulk_create(WorkTag(work=work, tag=tag) for work, tag in links)
    Like.objects.bulk_create(Like(work=work, user=user) for work in works for user in draw.sample(people, work.likes))
    pairs = itertools.pairwise(works)
    Lineage.objects.bulk_create(Lineage(child=child, parent=parent, kind="edit") for child, parent in list(pairs)[::6])
    search.index([work.pk for work in works])


def _work(draw: random.Random, owner: User, number: int, count: int) -> Work:
    width, height = draw.choice(SIZES)
    made = timezone.now() - timedelta(minutes=5 * (count - number), seconds=draw.randrange(300))
    public = draw.random() < 0.5
    words = prompt(draw)
    params: dict[str, Any] = {"prompt": words, "steps": 30, "guidance_scale": 7.5, "width": width, "height": height}
    likes = min(int(draw.expovariate(0.7)), 40) if public else 0
    return Work(
        owner=owner,
        created_at=made,
        generation=uuid.UUID(int=draw.getrandbits(128)),
        tool=draw.choice(TOOLS),
        model_name=draw.choice(MODELS),
        engine="local",
        prompt=words,
        seed=number,
        width=width,
        height=height,
        recipe={
            "tool": "text_to_image",
            "params": params,
            "versions": {"brushwire": "1"},
            "facts": {"steps": [0.1] * 30},
        },
        visibility="public" if public else "private",
        moderation="hidden" if draw.random() < 0.01 else "clear",
        published_at=made + timedelta(hours=1) if public else None,
        saved=public or draw.random() < 0.3,
        favourite=draw.random() < 0.05,
        title=words.split(",")[0][:120] if draw.random() < 0.2 else "",
        likes=likes,
        size=400_000,
        shape=Shape.of(width, height),
        colours=f" {' '.join(draw.sample(NAMES, 2))} ",
        blur=BLUR,
    )


def _files(work: Work) -> list[WorkFile]:
    roles = {"image": 1.0, "thumb-320": 320 / work.width, "thumb-640": 640 / work.width}
    return [
        WorkFile(
            work=work,
            role=role,
            sha256=f"{work.seed:064x}",
            media_type="image/png" if role == "image" else "image/webp",
            size=100_000,
            width=round(work.width * share),
            height=round(work.height * share),
        )
        for role, share in roles.items()
    ]
