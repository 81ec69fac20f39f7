insert into siren_order (siren, signal, repeats, ordered_by, reason, exercise, ordered_at, expires_at)
values (%(siren)s, %(signal)s, %(repeats)s, %(ordered_by)s, %(reason)s, %(exercise)s, %(ordered_at)s, %(expires_at)s)
returning id
