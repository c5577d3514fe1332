"""Vendor rooms: one package per vendor, found by entry point and never imported by the gateway."""
