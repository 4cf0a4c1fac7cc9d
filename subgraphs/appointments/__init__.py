"""Availability, slots, appointments, the waitlist and prescriptions: the heart, which never books an interval twice.

Stores: SQL `appointments` (everything that is placed in time) and MongoDB `bmc_appointments` (prescriptions); PDFs in
the blob store. Events out: availability.*, appointment.*, prescription.issued, waitlist.*. Events in: account.erased
(calls off what whoever left cannot attend), payment.succeeded (confirms), its own appointment.* and waitlist.* (the
waitlist), doctor.* (forgets what is cached of a doctor).
"""
