"""`/comfy/`: the addresses of a ComfyUI server, for its clients as they are. Each person has a server of their own."""
