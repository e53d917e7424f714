"""What people can ask for: one function a command, called alike by the socket, the pages and the API.

Each checks the owner, the form and the limits, changes a row through lifecycle.py, and returns plain values.
Raises errors.Refused, and nothing else, for what cannot be done.
"""
