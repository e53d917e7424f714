"""Breaking things on purpose, and proving that nothing was lost: whole processes, real kills, an offline checker."""
