"""The twenty-four kinds of object, the twelve most asked-for first (`CORE`)."""

from starter.scene.objects import animals, buildings, figures, plants, vehicles
from starter.scene.objects.kind import Kind, Light

KINDS: dict[str, Kind] = {
    "house": Kind(buildings.house, ("red", "white", "yellow", "brown", "blue"), 0.5),
    "lighthouse": Kind(buildings.lighthouse, ("red", "white", "blue"), 0.3),
    "castle": Kind(buildings.castle, ("gray", "white", "brown"), 0.5),
    "tree": Kind(plants.tree, ("green", "green", "orange"), 0.3),
    "pine": Kind(plants.pine, ("green",), 0.3),
    "flower": Kind(plants.flower, ("red", "yellow", "pink", "purple"), 0.2),
    "mushroom": Kind(plants.mushroom, ("red", "brown"), 0.3, ground="forest"),
    "boat": Kind(vehicles.boat, ("red", "white", "blue", "brown"), 0.5, ground="sea"),
    "car": Kind(vehicles.car, ("red", "blue", "yellow", "white", "black"), 0.54, ground="city"),
    "cat": Kind(animals.cat, ("orange", "black", "gray", "white"), 0.34),
    "balloon": Kind(vehicles.balloon, ("red", "blue", "yellow", "purple"), 0.36, flies=True),
    "rocket": Kind(vehicles.rocket, ("white", "red", "gray"), 0.3, flies=True, sky="space"),
    "dog": Kind(animals.dog, ("brown", "white", "black", "orange"), 0.5),
    "bird": Kind(animals.bird, ("blue", "red", "yellow", "black"), 0.5, flies=True),
    "rabbit": Kind(animals.rabbit, ("white", "gray", "brown"), 0.32, ground="grass"),
    "penguin": Kind(animals.penguin, ("black", "blue", "gray"), 0.3, ground="snow"),
    "butterfly": Kind(animals.butterfly, ("orange", "blue", "purple", "yellow"), 0.5, flies=True),
    "pagoda": Kind(buildings.pagoda, ("red", "brown"), 0.4, ground="mountain"),
    "windmill": Kind(buildings.windmill, ("white", "brown", "red"), 0.3, ground="field"),
    "train": Kind(vehicles.train, ("black", "red", "green", "blue"), 0.55),
    "plane": Kind(vehicles.plane, ("white", "red", "blue", "gray"), 0.55, flies=True, sky="day"),
    "snowman": Kind(figures.snowman, ("white", "white", "white", "blue"), 0.32, ground="snow"),
    "robot": Kind(figures.robot, ("gray", "blue", "white"), 0.38, ground="city"),
    "planet": Kind(figures.planet, ("orange", "blue", "purple", "red"), 0.5, flies=True, sky="space"),
}
CORE = tuple(KINDS)[:12]

__all__ = ["CORE", "KINDS", "Kind", "Light"]
