"""Blobs: bytes under keys, reached by signed, short-lived addresses, so that files never pass through GraphQL."""
