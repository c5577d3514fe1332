"""Loyalty: the service behind tills and checkouts, over any processor of points (decision 008).

``service`` answers within the caller's deadline whatever becomes of the processor; ``book`` keeps
every sale as a row that is on disk before anything is sent; ``settle`` ends what was begun.
"""
