-- Refused messages by topic since a time of the wall clock.
select topic, count(*) from rejected where received_at >= %(since)s group by topic
