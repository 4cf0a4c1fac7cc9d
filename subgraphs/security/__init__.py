"""Accounts, credentials, sessions, roles and permissions, the keys that sign access tokens, and the audit trail.

Store: MongoDB `bmc_security`. Events out: account.*. Events in: audit.recorded, of every subgraph, chained into the
trail. Beside `/graphql` it serves `/.well-known/jwks.json` (the public keys) and `/token` (service tokens).
"""
