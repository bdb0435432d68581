"""What all rooms share: the data that passes between them, errors, configuration, the consultation."""
