"""Doctors: their profiles and vetting, their documents, the public directory, and the average of their ratings.

Stores: MongoDB `bmc_doctors`, blobs for documents. Events out: doctor.registered, resubmitted, approved, rejected,
suspended, reinstated, updated, rated, erased. Events in: account.created (which completes a registration that broke
off), account.suspended and reinstated (the doctor leaves and returns with it), account.erased, rating.* (the average
follows), availability.* and appointment.* (when a doctor is next available).
"""
