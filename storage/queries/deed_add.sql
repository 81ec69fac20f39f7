insert into alert_deed (alert, version, at, person, action, detail) values (%s, %s, %s, %s, %s, %s)
