"""The RetailCRM double under the vendor's python client."""
