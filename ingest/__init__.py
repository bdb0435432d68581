"""Mail in: from a mailbox or files to texts with labelled spans. Knows nothing of areas, States or the database."""
