"""Patients: their profiles, their documents, and which doctors treat them.

Stores: MongoDB `bmc_users`, blobs for documents. Events out: user.registered, user.updated, user.erased. Events in:
account.created (which completes a registration that broke off), account.erased, appointment.* (which tell the doctors
who may see a patient).
"""
