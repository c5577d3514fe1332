"""The doubles under third-party clients: a second opinion on what the vendor speaks."""
