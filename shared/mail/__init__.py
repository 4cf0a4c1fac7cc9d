"""Mail: the port, the mailbox that keeps mail for reading in a browser, SMTP, and Amazon SES."""
