"""What stays open between a person and this process: the studio's socket, ComfyUI's, and event streams.

`consumers` and `conversation` speak, `openpages` knows all of them, `pacing` decides what a slow one gets. A room's
socket is `studio/roomtalk`.
"""
