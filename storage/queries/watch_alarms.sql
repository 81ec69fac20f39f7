select subject, since, until, found from watch_alarm
where until is null or not %(open_only)s
order by until is null desc, since desc
limit %(limit)s
