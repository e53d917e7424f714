"""ComfyUI's tongue: its graphs read, its events spoken. Plain values, no ORM, no sockets.

Protocol facts: research/features.md §1. What is not among nodes.NODES is refused in ComfyUI's own form.
"""
