"""SOAP services of the double: ``{base}/ws/{name}`` (vendor reference, section 3)."""
