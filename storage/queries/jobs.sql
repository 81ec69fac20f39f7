select job, every, last_started_at, last_success_at, last_error from job_run order by job
