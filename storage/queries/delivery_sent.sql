update delivery set state = 'sent', attempts = attempts + 1, at = %s, error = null where id = %s
