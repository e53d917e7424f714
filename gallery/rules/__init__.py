"""The rules that prompts and words must keep: asked, seeded in a new studio, and as CSV files."""
