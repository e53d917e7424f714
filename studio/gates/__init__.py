"""Who comes in: keys and codes, other sites' pages, how often, how many at once, and what was asked before already."""
