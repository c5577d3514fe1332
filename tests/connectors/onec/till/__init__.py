"""Tills of 1C at the gateway: the door, a till that calls it, and a ledger behind it."""
