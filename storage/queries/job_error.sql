update job_run set last_error = %s where job = %s
