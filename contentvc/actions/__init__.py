"""What a command does, one module a verb: no printing, no parsing."""
