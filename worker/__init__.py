"""The only room that knows all others: one message's way, the daemon, the command line."""
