"""Procedural scenes: a picture, the drawings that people might have made of it, region masks and captions.

`sample_spec` chooses what is in a scene, `render` paints it, `captions.caption` says it in English or Chinese.
Everything is a function of the spec and a seed; no file is read and no network used.
"""

from starter.scene.hand import Hand, draw_by_hand
from starter.scene.render import Rendering, compose, render
from starter.scene.spec import Spec, Thing, sample_spec

__all__ = ["Hand", "Rendering", "Spec", "Thing", "compose", "draw_by_hand", "render", "sample_spec"]
