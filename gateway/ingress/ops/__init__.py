"""Operator API ``/ops/v1``: the console's services for programs."""
