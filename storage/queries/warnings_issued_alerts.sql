select distinct alert from public_warning where state = 'issued' order by alert
