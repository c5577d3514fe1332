"""HTTP services of the double: ``{base}/hs/{root}/...``, and the till as their client."""
