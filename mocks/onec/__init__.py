"""The 1C:Enterprise double: one infobase behind OData, SOAP and HTTP services."""
