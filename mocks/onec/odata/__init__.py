"""The standard OData interface (reference, section 1)."""
