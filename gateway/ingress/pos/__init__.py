"""Doors of tills and sites: JSON over HTTP in front of the loyalty service.

Everything that comes in is read once into a shape (``shapes*.py``), which knows what may be sent;
what goes out is one of the answers (``answers.py``). In between stands ``TillService``: nothing is
decided here. Personal data stay in bodies, never in addresses, problems or the log.
"""
