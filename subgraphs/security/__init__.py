"""Accounts, credentials, sessions, roles and permissions, the keys that sign access tokens, and the audit trail.

Stores: MongoDB `bmc_security`, blobs for data exports. Events out: account.*. Events in: audit.recorded, of every
subgraph, chained into the trail; its own account.export_requested. Beside `/graphql` it serves `/.well-known/jwks.json`
(the public keys) and `/token` (service tokens).
"""
