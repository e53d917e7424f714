"""The interfaces of other studios, for programs that were written for them. Thin: all end in studio/commands."""
