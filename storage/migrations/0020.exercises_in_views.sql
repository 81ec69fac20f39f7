-- Other programs (Grafana, psql, QGIS) saw a drill as a real flood: the views say which is which. Columns are only ever appended.
-- depends: 0019.confirmed_in_stead

create or replace view v_alert as
select identifier, station, event, severity, state, raised_at, ended_at, exercise from alert;

create or replace view v_delivery as
select d.alert, d.recipient, d.channel, d.state, d.at, a.exercise
from delivery d
join alert a on a.identifier = d.alert;
