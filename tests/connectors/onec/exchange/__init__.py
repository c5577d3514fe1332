"""Tests of the exchange of files: 1C is played by a bare HTTP client."""
