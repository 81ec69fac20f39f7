insert into open_data_taken (actor, hour, what, station, requests, rows)
values (%s, %s, %s, %s, %s, %s)
on conflict (actor, hour, what, station) do update set
    requests = open_data_taken.requests + excluded.requests, rows = open_data_taken.rows + excluded.rows
