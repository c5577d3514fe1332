"""Tests of the double of a mail server."""
