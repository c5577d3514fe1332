"""RetailCRM API v5 as a runnable double: customers, orders, reference books and the change feed."""
