"""Loyalty: what tills and sites ask about points, and the gateway's own programme."""
