"""`bmc seed`: believable demo data for a running system, made through the public API alone, as people would make it."""
