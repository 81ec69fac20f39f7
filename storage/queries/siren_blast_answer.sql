-- One siren does not answer for another; the first answer counts.
update siren_blast
set acknowledged_at = %(at)s, answer = %(answer)s
from siren_order
where siren_order.id = siren_blast.siren_order and siren_order.siren = %(siren)s
  and siren_blast.siren_order = %(order)s and siren_blast.number = %(number)s and siren_blast.acknowledged_at is null
returning true
