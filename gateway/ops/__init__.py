"""Operators' services: one implementation for command line, console and API.

Each service reads or changes the store through its port and returns frozen values; how they look is
the caller's matter. What is personal is masked here, before it leaves, unless the caller asks for
it by name, and that is written down.
"""
