"""The engine `chat_scene`: an OpenAI-compatible chat model writes a three.js scene (docs/scenes.md).

- `asking` lays out what the model is asked, `streaming` reads what it answers while it is written;
- `code` takes the scene out of the answer, `poster` draws the card that stands for it;
- `settled` keeps the server of the settings among the others (studio.models.Server).

The code is never run here: only in the sandboxed frame of a browser (studio/views/sandbox.py).
"""
