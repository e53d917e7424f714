"""The measurements of `benchmarks.gpu`, each by itself: what it finds is plain JSON, and page.py puts it into words."""

import gc
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import report
from benchmarks.gpu import models
from benchmarks.gpu.bench import Bench, Found, card
from benchmarks.gpu.models import Name
from benchmarks.throughput import SerialQueue, Times, measure
from studio.engines.base import EngineError
from studio.engines.local import budget, compiling
from studio.engines.local.device import empty_cache
from studio.engines.local.engine import DeviceEngine
from studio.engines.local.loading import LoadedModel
from studio.engines.local.options import Mode
from studio.job import Job, Output, Step
from tests.studio.engines import driven
from tests.studio.engines.contract import pixels
from tests.studio.engines.matrix import SAMPLERS, Cell, Matrix

# For pictures that do not differ at all, in dB.
ALIKE = 99.0


def exact(bench: Bench, name: Name, dtype: str) -> Found:
    """Pictures made in company beside the stock pipeline's of the same seed: the largest difference in levels of 255,
    and the least signal to noise of a picture in dB. As many cells of the matrix as fit into the time."""
    side = bench.sizes.sides[name][0]
    ref = bench.ref(name, dtype)
    roles = {"plain": ref, "control": replace(ref, parts={"controlnet_scribble": models.control(bench.folder / name)})}
    matrix = Matrix(roles if name == "sd15" else {"xl": ref}, side, device=bench.device)
    cells, most, least = 0, 0, ALIKE
    with _as_written(bench.device):
        until = time.perf_counter() + bench.sizes.seconds
        for at, sampler in enumerate(SAMPLERS):
            if cells and time.perf_counter() > until:
                break
            cell = Cell(matrix.ways[at % len(matrix.ways)], sampler, at % 3 != 2, 5)
            for made, stock in matrix.pictures(cell):
                levels, decibels = _apart(made, stock)
                most, least = max(most, levels), min(least, decibels)
            cells += 1
    return {"side": side, "cells": cells, "levels": most, "decibels": round(least, 1)}


@contextmanager
def _as_written(device: torch.device) -> Iterator[None]:
    """Inside, float32 is float32: cuDNN takes shorter numbers for it otherwise. Afterwards the models that were
    compared are gone."""
    try:
        with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            yield
    finally:
        driven._loaded.clear()
        gc.collect()
        empty_cache(device)


def _apart(made: Iterable[Output], stock: Iterable[Output]) -> tuple[int, float]:
    """The largest difference, and the least signal to noise (10 log10(255² / mean square))."""
    most, least = 0, ALIKE
    for one, other in zip(made, stock, strict=True):
        a, b = (np.frombuffer(pixels(output), np.uint8).astype(np.float64) for output in (one, other))
        square = float(((a - b) ** 2).mean())
        most = max(most, int(np.abs(a - b).max()))
        least = min(least, 10 * float(np.log10(255**2 / square)) if square else ALIKE)
    return most, least


def inputs(model: LoadedModel, side: int, rows: int) -> dict[str, Any]:
    """What a step of `rows` rows asks the denoiser, as stepping.py does."""
    unet = model.parts["unet"]
    numbers = partial(torch.randn, device=model.device, dtype=model.dtype)
    scale = model.parts["vae"].config.block_out_channels
    places = side // 2 ** (len(scale) - 1)
    added: dict[str, torch.Tensor] = {}
    if unet.config.addition_embed_type == "text_time":
        ids = 6 * unet.config.addition_time_embed_dim
        width = unet.config.projection_class_embeddings_input_dim - ids
        added = {"text_embeds": numbers(rows, width), "time_ids": numbers(rows, 6)}
    return {
        "sample": numbers(rows, unet.config.in_channels, places, places),
        "timestep": torch.full((rows,), 500.0, device=model.device),
        "encoder_hidden_states": numbers(
            rows, model.parts["tokenizer"].model_max_length, unet.config.cross_attention_dim
        ),
        "timestep_cond": None,
        "added_cond_kwargs": added,
        "down_block_additional_residuals": None,
        "mid_block_additional_residual": None,
    }


@torch.no_grad()
def steps(bench: Bench, name: Name, side: int, mode: Mode) -> Found:
    """Seconds of the denoiser's call by its rows, the law that follows, and arithmetic a second; `mode` "compile" also
    says how long compiling took."""
    model = bench.model(name)
    unet = model.parts["unet"]
    given = inputs(model, side, 1)
    with FlopCounterMode(display=False) as counter:
        compiling.plain(unet, given)
    seconds: dict[int, float] = {}
    compiled = 0.0
    for rows in bench.sizes.rows if mode != "compile" else bench.sizes.rows[::3][:2]:
        given = inputs(model, side, rows)
        began = time.perf_counter()
        call = _faster(bench, unet, given, mode)
        compiled = max(compiled, time.perf_counter() - began)
        seconds[rows] = bench.seconds(call)
    line = budget.fit([(rows, spent, 1) for rows, spent in seconds.items()])
    best = max(rows / spent for rows, spent in seconds.items())
    return {
        "milliseconds": {rows: round(spent * 1000, 3) for rows, spent in seconds.items()},
        "floor": round(line.floor * 1000, 3),
        "fixed": round(line.fixed * 1000, 3),
        "each": round(line.each * 1000, 3),
        "teraflop": round(counter.get_total_flops() / 1e12, 6),
        "teraflops": round(best * counter.get_total_flops() / 1e12, 4),
        "prepared": round(compiled, 2),
    }


def _faster(bench: Bench, unet: Any, given: dict[str, Any], mode: Mode) -> Any:
    """The denoiser's call with these inputs. Graphs are CUDA's, and compiling for a CPU takes minutes: there both are
    the plain call."""
    if mode == "off" or bench.device.type == "cpu":
        return partial(compiling.plain, unet, given)
    made = (compiling.Recorded if mode == "graphs" else compiling.compiled)(unet, given)
    return lambda: made(**given)


def people(bench: Bench, name: Name, side: int, *, steps: int, guided: bool) -> Found:
    """People at once: the serial queue before one stock pipeline, our step loop, and the loop with CUDA graphs."""
    modes: Mapping[str, Mode] = {"shared steps": "off", "shared steps, graphs": "graphs"}
    engines = {way: bench.engine(name, mode) for way, mode in modes.items()}
    ways = {"serial queue": SerialQueue(bench.model(name)).run} | {way: one.run for way, one in engines.items()}
    ask = partial(bench.ask, name, side, steps=steps, guided=guided)
    found: dict[str, dict[str, list[float]]] = {}
    for way, run in ways.items():
        for many in (
            bench.sizes.people if way in engines else (1,)
        ):  # libraries choose their ways, and graphs are recorded
            measure(run, many, 1, partial(ask, steps=2))
        # A queue makes as many pictures a second for two as for ten.
        asking = bench.sizes.people if way in engines else (1, bench.sizes.people[-1])
        found[way] = {str(many): _row(measure(run, many, 2 if many < 4 else 1, ask)) for many in asking}
    for engine in engines.values():
        engine.batcher.shelf.cache.clear(set())
    return {"steps": steps, "guided": guided, "side": side, "ways": found}


def _row(times: Times) -> list[float]:
    """Pictures a second, wait p50 and p95, first preview p50 and p95 in seconds."""
    spread = [report.percentile(each, share) for each in (times.waits, times.previews) for share in (0.5, 0.95)]
    return [round(value, 4) for value in (1 / times.each, *spread)]


def small_card(bench: Bench, name: Name) -> Found:
    """Many people and a picture beyond all measure on a card of the size that the README names for this model."""
    bench.ref(name)  # written before: building it takes more than it will need
    bench.forget()
    with card(bench.device, bench.sizes.cards[name]):
        engine = bench.engine(name)
        side, many = bench.sizes.sides[name][-1 if name == "sdxl" else 0], 8
        ask = partial(bench.ask, name, side, steps=bench.sizes.steps, guided=True)
        times = measure(engine.run, many, 1, ask)
        told = _largest(engine, ask("huge", 1), bench.sizes.huge)
        engine.batcher.shelf.cache.clear(set())
    bench.forget()
    made = {"people": many, "made": len(times.waits), "row": _row(times)}
    return {"bytes": bench.sizes.cards[name], "side": side, "told": told, **made}


def _largest(engine: DeviceEngine, job: Job, huge: int, tries: int = 8) -> list[list[Any]]:
    """A picture that is far too large, then the size that is said to fit, until one does: [side, code], "" for made."""
    told: list[list[Any]] = []
    side = huge
    while len(told) < tries:
        try:
            engine.run(replace(job, params={**job.params, "width": side, "height": side, "steps": 2}), _nobody)
        except EngineError as error:
            told.append([side, error.code])
            if "width" not in error.params:
                break
            side = int(str(error.params["width"]))
            continue
        told.append([side, ""])
        break
    return told


def _nobody(_step: Step) -> None:
    pass


def surroundings(device: torch.device) -> str:
    """The machine in a few words."""
    if device.type != "cuda":
        return f"{report.machine()}, torch {torch.__version__}"
    card_ = torch.cuda.get_device_properties(device)
    size = card_.total_memory / 1e9
    return f"{card_.name}, {size:.0f} GB, torch {torch.__version__}, {os.cpu_count()} cores"
