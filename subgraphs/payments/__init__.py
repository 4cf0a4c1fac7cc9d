"""Payments, refunds, provider webhooks and receipts.

Store: MongoDB `bmc_payments`. Events out: payment.succeeded, payment.declined, payment.refunded. Events in:
appointment.cancelled and appointment.payment_unplaceable, which refund. The amount is always the appointment's own fee,
asked of the appointments subgraph at the moment of paying. Money is counted in minor units, never in floats.
"""
