update job_run set last_success_at = %s, last_error = null where job = %s
