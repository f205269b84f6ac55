"""Fake model services, each of which behaves as its vendor's client library expects (see sdk_proof.py)."""
