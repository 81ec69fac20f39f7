-- Whether something is due that is held back for a moment so that its neighbours can come along.
select exists (
    select from delivery
    where state = 'waiting' and due_at <= %(now)s and attempts = 0
        and created_at > clock_timestamp() - %(longest)s::interval
)
