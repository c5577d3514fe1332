"""Tests of the Slack connector."""
