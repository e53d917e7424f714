"""One module for each place the studio runs in: dev (default), test, prod."""
