"""Tiny Shap-E pipelines with random weights, of words and of pictures, and the table that finds their surfaces."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import HeunDiscreteScheduler, PriorTransformer, ShapEImg2ImgPipeline, ShapEPipeline
from diffusers.pipelines.shap_e import ShapERenderer
from transformers import CLIPImageProcessor, CLIPTextModelWithProjection, CLIPVisionConfig, CLIPVisionModel

from studio.engines.local import tiny

WIDTH, TOKENS, LATENT = 16, 32, 16
# Corners of a cube (x, y, z), corner n has x + 2y + 4z = n; its edges as pairs of them, as diffusers counts them.
CORNERS = [(n & 1, n >> 1 & 1, n >> 2 & 1) for n in range(8)]
EDGES = [(0, 1), (2, 3), (4, 5), (6, 7), (0, 2), (1, 3), (4, 6), (5, 7), (0, 4), (1, 5), (2, 6), (3, 7)]
SIDES = [(0, 1, 3, 2), (4, 5, 7, 6), (0, 1, 5, 4), (2, 3, 7, 6), (0, 2, 6, 4), (1, 3, 7, 5)]


def write(folder: Path, *, of_pictures: bool = False, seed: int = 0) -> None:
    """Write the pipeline (about 100 kB) into `folder`. The same `seed` gives the same weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        (_of_pictures() if of_pictures else _of_words()).save_pretrained(folder, safe_serialization=True)


def _of_words() -> Any:
    encoder = CLIPTextModelWithProjection(tiny.text_config(projection_dim=WIDTH))
    return ShapEPipeline(_prior(), encoder, tiny.tokenizer(), _scheduler(), _renderer())


def _of_pictures() -> Any:
    look = CLIPVisionConfig(
        hidden_size=WIDTH, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2, image_size=32,
        patch_size=16, projection_dim=WIDTH,
    )  # fmt: skip
    sides = {"height": 32, "width": 32}
    processor = CLIPImageProcessor(size={"shortest_edge": 32}, crop_size=sides)
    prior = _prior(embedding_proj_norm_type="layer")
    return ShapEImg2ImgPipeline(prior, CLIPVisionModel(look), processor, _scheduler(), _renderer())


def _prior(**more: Any) -> PriorTransformer:
    return PriorTransformer(
        num_attention_heads=2, attention_head_dim=8, embedding_dim=LATENT, num_embeddings=TOKENS,
        embedding_proj_dim=WIDTH, time_embed_dim=64, num_layers=1, clip_embed_dim=2 * LATENT, additional_embeddings=0,
        time_embed_act_fn="gelu", norm_in_type="layer", encoder_hid_proj_type=None, added_emb_type=None, **more,
    )  # fmt: skip


def _scheduler() -> HeunDiscreteScheduler:
    return HeunDiscreteScheduler(
        beta_schedule="exp", num_train_timesteps=1024, prediction_type="sample", use_karras_sigmas=True,
        clip_sample=True, clip_sample_range=1.0,
    )  # fmt: skip


def _renderer() -> ShapERenderer:
    renderer = ShapERenderer(
        param_shapes=((8, 93), (8, 8), (8, 8), (8, 8)), d_latent=LATENT, d_hidden=8, background=(0.0, 0.0, 0.0)
    )
    triangles, there = surfaces()
    renderer.mesh_decoder.cases.copy_(torch.from_numpy(triangles))
    renderer.mesh_decoder.masks.copy_(torch.from_numpy(there))
    return renderer


def surfaces() -> tuple[Any, Any]:
    """Marching cubes: for each of 256 cases up to five triangles by their edges (256, 5, 3), and which there are."""
    triangles, there = np.zeros((256, 5, 3), np.int64), np.zeros((256, 5), bool)
    for case in range(256):
        found = [(loop[0], a, b) for loop in _loops(case) for a, b in pairwise(loop[1:])]
        for number, triangle in enumerate(found):
            triangles[case, number], there[case, number] = triangle, True
    return triangles, there


def _loops(case: int) -> list[list[int]]:
    """The lines around what is inside of a cube, by the edges that they cross, counter-clockwise seen from outside."""
    beside: dict[int, list[int]] = {}
    for side in SIDES:
        for a, b in _joined(case, side):
            beside.setdefault(a, []).append(b)
            beside.setdefault(b, []).append(a)
    loops, left = [], set(beside)
    while left:
        loop = [min(left)]
        while following := [each for each in beside[loop[-1]] if each in left and each not in loop]:
            loop.append(following[0])
        left -= set(loop)
        loops.append(loop if _outward(case, loop) else loop[::-1])
    return loops


def _joined(case: int, side: tuple[int, ...]) -> list[tuple[int, int]]:
    """The edges that lines on a side of the cube connect; of two opposite corners inside each is cut off."""
    around = [EDGES.index(tuple(sorted((side[n], side[(n + 1) % 4])))) for n in range(4)]  # type: ignore[arg-type]
    crossed = [edge for edge in around if (case >> EDGES[edge][0] & 1) != (case >> EDGES[edge][1] & 1)]
    if len(crossed) == 4:
        return [(around[n - 1], around[n]) for n in range(4) if case >> side[n] & 1]
    return [(crossed[0], crossed[1])] if crossed else []


def _outward(case: int, loop: list[int]) -> bool:
    middles = np.array([[sum(pair) / 2 for pair in zip(*(CORNERS[n] for n in EDGES[e]), strict=True)] for e in loop])
    normal = np.cross(middles, np.roll(middles, -1, 0)).sum(0)
    out = np.zeros(3)
    for edge in loop:
        inside, outside = sorted(EDGES[edge], key=lambda n: -(case >> n & 1))
        out += np.subtract(CORNERS[outside], CORNERS[inside])
    return bool(normal @ out > 0)
