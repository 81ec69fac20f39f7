"""Stand-ins for field hardware: they publish like devices and know only the message contract."""
