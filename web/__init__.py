"""The desk: pages for browsing, review and decisions, as a plugin of Datasette."""
