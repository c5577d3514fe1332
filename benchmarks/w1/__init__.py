"""W1, the same-work benchmark: the gateway and its peers on one queue, database and vendor."""
