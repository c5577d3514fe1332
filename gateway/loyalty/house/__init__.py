"""House programme: points kept by the gateway itself, by rules of the configuration.

Every movement is a balanced entry of a double-entry ledger under a key of its own; entries are
never changed, and a balance is a sum of postings.
"""
