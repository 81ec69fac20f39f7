delete from draft_due where id = any(%s::bigint[])
