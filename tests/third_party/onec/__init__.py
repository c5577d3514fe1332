"""Clients of 1C written by others."""
