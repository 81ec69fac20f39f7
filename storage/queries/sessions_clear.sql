delete from sign_in_session where expires_at <= %(now)s or seen_at <= %(idle_since)s
