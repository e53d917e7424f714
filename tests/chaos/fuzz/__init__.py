"""Nonsense by the thousand, each piece made from a seed: none of it may break anything or get an unknown answer."""
