"""Tests of the SOAP and HTTP services of 1C, and of what it pushes."""
