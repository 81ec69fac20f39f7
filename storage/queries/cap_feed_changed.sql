select greatest(
    (select max(sent) from cap_message where status = 'Actual' and scope = 'Public' and sent <= %(now)s),
    (select max(expires) from cap_message where status = 'Actual' and scope = 'Public' and expires <= %(now)s)
)
