"""`make deploy-check`: the production topology on one machine, from the very files in deploy/, without containers."""
