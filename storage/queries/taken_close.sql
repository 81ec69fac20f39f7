-- Takes the closed hours out; whoever commits this writes them into the audit.
delete from open_data_taken
where hour < %(before)s
returning actor, hour, what, station, requests, rows
