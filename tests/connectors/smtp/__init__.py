"""Tests of the SMTP connector."""
