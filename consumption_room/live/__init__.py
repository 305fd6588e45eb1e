"""The bells: sockets ring, HTTP acts."""
