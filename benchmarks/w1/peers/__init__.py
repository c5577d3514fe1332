"""Peers: each written the way its documentation recommends, at equal guarantees."""
