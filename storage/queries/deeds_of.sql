select alert, version, at, person, action, detail from alert_deed where alert = any(%s::text[]) order by alert, id
