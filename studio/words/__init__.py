"""Every text with a code: errors, reasons to wait, notices, and what is said where a limit is reached."""
