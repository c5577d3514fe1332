"""SQL of the peers: one row per order, with its newest version and the outcome of its delivery.

A version that is claimed twice without an outcome in between is claimed again on purpose: a worker
may have died over it. "Seen before" does not mean "done".
"""

from __future__ import annotations

SCHEMA = """
create table orders (
    id text primary key,
    version integer not null,
    outcome integer,
    delivered_at timestamptz
);
comment on table orders is 'Newest version of each order; outcome is the HTTP status, null before';
"""

# Takes an order: returns a row for a version that is new or has no outcome yet, none for a
# duplicate or a stale version. Concurrent takers of one order wait for each other at its row.
CLAIM = """
insert into orders (id, version) values ({id}, {version})
on conflict (id) do update
    set version = excluded.version, outcome = null, delivered_at = null
    where orders.version < excluded.version
        or (orders.version = excluded.version and orders.outcome is null)
returning version
"""

RECORD = """
update orders set outcome = {outcome}, delivered_at = now()
where id = {id} and version = {version}
"""

# The same for many orders at once; ids are unique in the arrays, and sorted against deadlocks.
CLAIM_MANY = """
insert into orders (id, version)
select id, version from unnest(%s::text[], %s::integer[]) as given (id, version) order by id
on conflict (id) do update
    set version = excluded.version, outcome = null, delivered_at = null
    where orders.version < excluded.version
        or (orders.version = excluded.version and orders.outcome is null)
returning id
"""

RECORD_MANY = """
update orders set outcome = given.outcome, delivered_at = now()
from unnest(%s::text[], %s::integer[], %s::integer[]) as given (id, version, outcome)
where orders.id = given.id and orders.version = given.version
"""
