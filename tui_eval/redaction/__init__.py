"""Secrets, addresses and persons: what is removed of configurations and quoted words."""
