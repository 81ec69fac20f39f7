update sign_in_session set seen_at = %(at)s where hash = %(hash)s
