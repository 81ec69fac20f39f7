insert into reading_revision (series_id, observed_at, received_at, value, flag, seq)
values (%s, %s, %s, %s, %s, %s)
on conflict do nothing
