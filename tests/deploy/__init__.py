"""Tests of what is handed to those who run the gateway: dashboard and alert rules."""
