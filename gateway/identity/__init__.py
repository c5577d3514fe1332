"""Identity: who is who, why that is believed, and what is asked of a person when it is not sure.

``normal`` reads what people type, ``matching`` tells whether two records are one person,
``survivorship`` decides whose value stays when they are made one.
"""
