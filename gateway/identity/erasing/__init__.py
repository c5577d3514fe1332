"""Erasing: a person is taken out of the store and asked away at every system, with a protocol.

The snapshot goes in one transaction; then all that is sealed is searched page by page, since much
of it names a person only inside. A process that dies goes on where it was.
"""
