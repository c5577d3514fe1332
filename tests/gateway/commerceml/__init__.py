"""Proofs of the CommerceML room."""
