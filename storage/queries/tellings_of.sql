select alert, version, told, reason, detail from alert_telling where alert = any(array(select json_array_elements_text(%s::json))) order by alert, version
