"""Tests that kill processes under load and judge by what the vendors hold."""
