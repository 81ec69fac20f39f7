-- A process that ended between sending and settling may have sent these: they are sent again, marked. So are rows of our
-- own claim that we do not know of: a connection was lost while the claim was committed.
update delivery
set state = 'waiting', claim = null, may_repeat = true, at = %(now)s
where state = 'sending' and (claim <> %(claim)s or not (id = any(%(known)s::bigint[])))
returning id
