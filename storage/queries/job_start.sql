insert into job_run (job, last_started_at, every) values (%s, %s, %s)
on conflict (job) do update set last_started_at = excluded.last_started_at, every = excluded.every
