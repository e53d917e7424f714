"""Who is in the studio of the pictures, and what they have made before anybody looks."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

from django.contrib.auth.models import Group
from django.utils import timezone
from PIL import Image, ImageDraw, ImageFilter

from accounts import keys, workshops
from accounts.models import User, Workshop
from clients.python.brushwire import Brushwire
from gallery import collecting, likes, publishing
from gallery.models import Visibility, Work
from gallery.moderation import reports
from tests.studio.engines.recorded import drawn

ROLES = {"alice": "trusted", "bob": "member", "chen": "member", "mod": "moderator", "olga": "operator"}
# What the starter paints well, by whom, under which title and tags.
SCENES = [
    ("bob", "a white lighthouse by the sea at sunset, watercolor", "The lighthouse", "sea, evening"),
    ("bob", "a sailboat on the water, clear day, cartoon", "Going out", "sea"),
    ("bob", "an orange cat in a meadow, sunny day, cartoon", "Tom", "animals"),
    ("chen", "群山中的粉色热气球，晴天，写实", "", "山"),
    ("chen", "海边的一座灰色城堡，夕阳，水彩", "海边的城堡", "海"),
    ("chen", "a green tree on a hill, sunset, oil painting", "", "evening"),
    ("alice", "a red mushroom in the forest, cartoon", "Do not eat", "forest"),
    ("alice", "a red rocket in outer space", "To the moon", "night"),
    ("alice", "a blue car in the city, rainbow, cartoon", "Rain is over", "city"),
    ("alice", "a castle in the mountains at night with a full moon", "", "night"),
    ("alice", "a pink hot air balloon in the mountains, sunny day, realistic", "Up", "mountains"),
    ("alice", "a white lighthouse by the sea at night, oil painting", "", "sea, night"),
]  # fmt: skip
# What the class paints.
TOWN = {
    "zoe": "a blue house in the city, sunny day, cartoon",
    "max": "a red car in the city, cartoon",
    "lin": "an orange cat in the city at night, cartoon",
    "noor": "a yellow house by the sea, rainbow, cartoon",
}
SOLIDS = {"house with a window": "a house", "fish": "a fish", "flower painted in colours": "a flower"}


def people() -> None:
    """Everybody, in their roles, and a class that comes in by a code."""
    for name, role in ROLES.items():
        person = User.objects.create_user(name, f"{name}@example.org")
        person.groups.add(Group.objects.get(name=role))
    ends = timezone.now() + timedelta(days=5)
    teacher = User.objects.get(username="alice")
    workshop = workshops.make(Workshop(name="Class 4b: my town", seats=24, ends_at=ends), teacher, 40)
    for name in TOWN:
        workshops.join(workshop, name, workshops.new_password())


def works(address: str) -> None:
    """What they have made: pictures and shapes in space, some of them shown, liked, collected, one reported."""
    owners = {name: User.objects.get(username=name) for name in ROLES}
    painters = {each.username: each for each in User.objects.filter(username__in=["alice", "bob", "chen", *TOWN])}
    clients = {name: Brushwire(address, _key(person)) for name, person in painters.items()}
    with ThreadPoolExecutor(len(SCENES)) as pool:  # they share steps, and each waits for its own
        made = list(pool.map(lambda scene: _paint(clients[scene[0]], scene[1]), SCENES))
        list(pool.map(lambda name: _paint(clients[name], TOWN[name]), TOWN))
        solids = list(pool.map(lambda name: _raise(clients["alice"], name, SOLIDS[name]), SOLIDS))
    for (name, _prompt, title, tags), work in zip(SCENES, made, strict=True):
        publishing.describe(owners[name], work, title=title)
        publishing.set_tags(owners[name], work, [tag.strip() for tag in tags.split(",")])
        publishing.set_visibility(owners[name], [work], Visibility.PUBLIC)
    publishing.set_visibility(owners["alice"], [made[-1], made[-2]], Visibility.PRIVATE)
    for number, work in enumerate(made[:9]):
        for fan in [each for each in owners.values() if each != owners[SCENES[number][0]]][: number % 4]:
            likes.like(fan, work, True)
    evening = collecting.make(owners["alice"], "Evenings and nights", "What the light does when the day is over.")
    collecting.add(owners["alice"], evening, [made[9], made[7], made[11], solids[0]])
    boat = Work.objects.get(pk=made[1])
    reports.report(
        owners["chen"], "192.0.2.7", boat.owner, boat, reason="copyright", text="I drew the same boat first."
    )


def _key(owner: User) -> str:
    return keys.make(owner, keys.Wish(name="pictures", scopes=["read", "generate"]))[1]


def _paint(client: Brushwire, prompt: str) -> UUID:
    made = client.generate(prompt, model="starter", seed=20, upscale=2, timeout=600)
    return UUID(made["works"][0]["id"])


def _raise(client: Brushwire, sketch: str, prompt: str) -> UUID:
    made = client.generate(prompt, tool="sketch_to_3d", model="plain", sketch=drawn(sketch), timeout=600)
    return UUID(made["works"][0]["id"])


def old_photo() -> bytes:
    """A photo of long ago: a house under trees, grey, a little faded and grainy, as a PNG of 960 × 720 px."""
    photo = Image.new("L", (960, 720), 205)
    pen = ImageDraw.Draw(photo)
    pen.rectangle((0, 470, 960, 720), fill=112)
    for x, y, size in ((120, 300, 150), (240, 350, 110), (830, 300, 160)):
        pen.rectangle((x - 12, y, x + 12, 500), fill=62)
        pen.ellipse((x - size, y - size, x + size, y + size * 0.7), fill=88)
    pen.rectangle((360, 300, 700, 520), fill=150)
    pen.polygon([(330, 305), (530, 170), (730, 305)], fill=82)
    for x in (400, 500, 610):
        pen.rectangle((x, 350, x + 50, 415), fill=52)
    pen.rectangle((505, 430, 560, 520), fill=66)
    pen.polygon([(490, 720), (575, 720), (545, 520), (520, 520)], fill=170)
    soft = photo.filter(ImageFilter.GaussianBlur(2.2))
    grain = Image.effect_noise(photo.size, 26).filter(ImageFilter.GaussianBlur(0.6))
    out = io.BytesIO()
    Image.blend(soft, grain, 0.16).save(out, "PNG")
    return out.getvalue()
