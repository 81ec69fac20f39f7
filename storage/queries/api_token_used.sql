update api_token set used_at = %(at)s where id = %(id)s
