"""Till: a till that sells, loses its line and comes back, and the reckoning that judges a day.

``reference`` and ``plan`` know nothing of the gateway: they are the second opinion.
"""
