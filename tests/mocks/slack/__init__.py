"""Tests of the double of Slack."""
