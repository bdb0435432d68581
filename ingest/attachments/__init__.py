"""Attachments: bytes -> text, one module a family, behind one interface, read in a limited child process."""
