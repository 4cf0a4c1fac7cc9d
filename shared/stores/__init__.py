"""Stores: open by URL, run one transaction with its outbox and inbox, close in order."""
