"""A base of customers whose truth is known, and what matching makes of it."""
