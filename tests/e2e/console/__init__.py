"""The operators' console as people meet it: a real browser before a real gateway."""
