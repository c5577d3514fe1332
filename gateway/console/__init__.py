"""Console: what operators see in a browser. A face only: the services are in ``gateway.ops``."""
