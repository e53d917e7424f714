"""Shapes in space made of flat drawings, by geometry alone: NumPy, SciPy and trimesh, for every engine.

`regions` finds what of a drawing is solid; `inflating` gives it its thickness, `cells` and `heights` the triangles of
that, `relief` those of a picture as a relief; `making` is the whole way. `glb` reads and writes GLB files (metres, Y
up); `poster` and `raster` are the picture of a shape, without any graphics card.
"""
