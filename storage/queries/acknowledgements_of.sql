select alert, version, recipient, person, at, how, origin from acknowledgement
where alert = any(%s::text[])
order by at, recipient, person
