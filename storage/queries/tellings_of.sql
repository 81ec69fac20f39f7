select alert, version, told, reason, detail from alert_telling where alert = any(%s::text[]) order by alert, version
