"""The starter model: its pictures (scene), its training (train), its proof (judge, evaluate) and its weights.

Nothing here is imported by the web tier; the engine loads the folder `weights` like any other diffusers model.
"""
