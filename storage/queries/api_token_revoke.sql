update api_token set revoked_at = %(at)s where id = %(id)s and revoked_at is null returning holder
