"""How quickly the console shows a store that has grown, and what it costs the gateway."""
