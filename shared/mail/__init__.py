"""Mail: the port, the mailbox that keeps mail for reading in a browser, and SMTP."""
