"""The unmodified SOAP client zeep against the WSDL of the 1C double."""
