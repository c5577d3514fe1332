"""Command line: ``gateway``. Its modules load what a command needs when it runs, not before."""

from gateway.cli.app import main

__all__ = ["main"]
