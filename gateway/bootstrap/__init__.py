"""Bootstrap: the one composition root. Everything is put together here and nowhere else.

Each part is imported from its own module, so that a process loads what it runs and no more.
"""
