update watch_alarm set until = %(until)s where subject = %(subject)s and until is null
