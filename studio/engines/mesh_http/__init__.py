"""Pictures become shapes on other servers: a task is made, its state is asked for, and its model file is fetched.

`asking` reads a job, `dialects` says how each kind of server wants it, `engine` does it, and `received` reads the file
that comes back, which may be anything.
"""

from studio.engines.mesh_http.engine import MeshHTTPEngine

__all__ = ["MeshHTTPEngine"]
