"""Messages sent, preferences, templates.

Store: MongoDB `bmc_notifications`; mail by the mailer port. Events in: whatever somebody is told about. Events out:
notification.sent, notification.failed. A message holds ids only; names, addresses and times are asked of their owners
when it is sent, and forgotten again. No clinical word is in any mail.
"""
