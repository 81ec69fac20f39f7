-- Who has been asked already in the round of each of these rows, over which channel; copies are asked nothing.
select d.id, other.person, other.channel
from delivery d
join delivery other on other.alert = d.alert and other.version = d.version and other.recipient = d.recipient
    and other.origin = d.origin and other.round = d.round and left(other.lane, 1) <> '#'
where d.id = any(%s)
