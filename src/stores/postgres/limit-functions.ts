/**
 * Limits as functions of the database, so that one call reserves many dimensions or none. The window is computed as
 * `utils/limit-window.ts` does it; the conformance suite holds both to the same behaviour.
 */
export const limitFunctions = `
create function llm_now(given bigint) returns bigint language sql volatile as $f$
  select coalesce(given, (extract(epoch from clock_timestamp()) * 1000)::bigint)
$f$;

create function llm_lock(keys text[]) returns void language plpgsql as $f$
declare h bigint;
begin
  -- Any other level would look at counters as they were before the lock was had.
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'limits need the isolation level read committed' using errcode = 'HF002';
  end if;
  -- In one order for all, so that no two wait for each other in a circle.
  for h in select distinct hashtextextended('holdfast limit ' || k, 0) from unnest(keys) k order by 1 loop
    perform pg_advisory_xact_lock(h);
  end loop;
end $f$;

create function llm_finish(p_key text, p_id text, truth bigint) returns boolean language plpgsql
set search_path from current as $f$
declare p record;
begin
  delete from llm_limit_pending where key = p_key and id = p_id returning * into p;
  if not found then return false; end if;
  update llm_limit_slots set used = greatest(0, used + coalesce(truth, p.keep) - p.amount)
    where key = p_key and slot = p.slot;
  return true;
end $f$;

create function llm_look(d jsonb, p_now bigint, out slot bigint, out piece bigint, out used bigint, out ends_at bigint)
language plpgsql set search_path from current as $f$
#variable_conflict use_column
declare
  p_key text := d->>'key';
  ms bigint := (d->>'ms')::bigint;
  boundaries bigint[];
  newest bigint;
  reached bigint := p_now;
  ahead bigint;
  p record;
begin
  for p in select id from llm_limit_pending where key = p_key and expires_at <= p_now limit 1000 loop
    perform llm_finish(p_key, p.id, null);
  end loop;
  if ms is not null then
    piece := greatest(1, ceil(ms / 60.0)::bigint);
    slot := floor(p_now::numeric / piece)::bigint;
    delete from llm_limit_slots s where s.key = p_key and (s.slot + 1) * piece <= p_now - ms;
  else
    select array_agg(value::bigint order by value::bigint) into boundaries
      from jsonb_array_elements_text(d->'boundaries');
    select max(s.slot) into newest from llm_limit_slots s where s.key = p_key;
    if newest = any (boundaries) then reached := greatest(p_now, newest); end if;
    select coalesce(max(b), boundaries[1]) into slot from unnest(boundaries) b where b <= reached;
    select min(b) into ends_at from unnest(boundaries) b where b > slot;
    delete from llm_limit_slots s where s.key = p_key and s.slot < llm_look.slot;
  end if;
  with gone as (delete from llm_limit_slots s where s.key = p_key and s.slot > llm_look.slot returning s.used)
    select sum(gone.used) into ahead from gone;
  if ahead is not null then
    insert into llm_limit_slots as s (key, slot, used, expires_at)
      values (p_key, llm_look.slot, ahead, coalesce((llm_look.slot + 2) * piece + ms, ends_at))
      on conflict (key, slot) do update set used = s.used + excluded.used;
    update llm_limit_pending q set slot = llm_look.slot where q.key = p_key and q.slot > llm_look.slot;
  end if;
  select coalesce(sum(s.used), 0) into used from llm_limit_slots s where s.key = p_key;
end $f$;

create function llm_wait(d jsonb, p_now bigint, slot bigint, piece bigint, used bigint, ends_at bigint) returns bigint
language plpgsql set search_path from current as $f$
declare
  amount bigint := (d->>'amount')::bigint;
  excess bigint := used + amount - (d->>'limit')::bigint;
  s record;
begin
  if amount > (d->>'limit')::bigint then return -1; end if;
  if piece is null then
    return case when ends_at is null then -1 else greatest(1, ends_at - p_now) end;
  end if;
  for s in select t.slot, t.used from llm_limit_slots t where t.key = d->>'key' order by t.slot loop
    excess := excess - s.used;
    if excess <= 0 then return greatest(1, (s.slot + 1) * piece + (d->>'ms')::bigint - p_now); end if;
  end loop;
  return 1;
end $f$;

create function llm_reserve(p_id text, dimensions jsonb, ttl bigint, given bigint) returns jsonb
language plpgsql set search_path from current as $f$
declare
  at bigint;
  d jsonb;
  i int := -1;
  l record;
  looks jsonb := '[]';
  ms bigint;
  worst int;
  longest bigint;
  remaining bigint;
begin
  perform llm_lock(array(select value->>'key' from jsonb_array_elements(dimensions)));
  at := llm_now(given);
  for d in select value from jsonb_array_elements(dimensions) loop
    i := i + 1;
    select * into l from llm_look(d, at);
    looks := looks || jsonb_build_array(jsonb_build_object('slot', l.slot, 'ends', coalesce((l.slot + 2) * l.piece + (d->>'ms')::bigint, l.ends_at)));
    if l.used + (d->>'amount')::bigint > (d->>'limit')::bigint then
      ms := llm_wait(d, at, l.slot, l.piece, l.used, l.ends_at);
      if worst is null or (longest >= 0 and (ms < 0 or ms > longest)) then
        worst := i;
        remaining := greatest(0, (d->>'limit')::bigint - l.used);
        longest := ms;
      end if;
    end if;
  end loop;
  if worst is not null then return jsonb_build_object('index', worst, 'remaining', remaining, 'wait', longest); end if;
  i := -1;
  for d in select value from jsonb_array_elements(dimensions) loop
    i := i + 1;
    insert into llm_limit_slots as s (key, slot, used, expires_at)
      values (d->>'key', (looks->i->>'slot')::bigint, (d->>'amount')::bigint, (looks->i->>'ends')::bigint)
      on conflict (key, slot) do update set used = s.used + excluded.used;
    insert into llm_limit_pending (key, id, slot, amount, keep, expires_at)
      values (d->>'key', p_id, (looks->i->>'slot')::bigint, (d->>'amount')::bigint, (d->>'keep')::bigint, at + ttl);
  end loop;
  return jsonb_build_object('isAllowed', true);
end $f$;

create function llm_settle(p_id text, amounts jsonb) returns boolean language plpgsql
set search_path from current as $f$
declare
  a jsonb;
  result boolean := false;
begin
  perform llm_lock(array(select value->>'key' from jsonb_array_elements(amounts)));
  for a in select value from jsonb_array_elements(amounts) loop
    if llm_finish(a->>'key', p_id, (a->>'amount')::bigint) then result := true; end if;
  end loop;
  return result;
end $f$;

create function llm_levels(dimensions jsonb, given bigint) returns jsonb language plpgsql
set search_path from current as $f$
declare
  d jsonb;
  l record;
  held bigint;
  result jsonb := '[]';
begin
  perform llm_lock(array(select value->>'key' from jsonb_array_elements(dimensions)));
  for d in select value from jsonb_array_elements(dimensions) loop
    select * into l from llm_look(d, llm_now(given));
    select coalesce(sum(amount), 0) into held from llm_limit_pending where key = d->>'key';
    result := result || jsonb_build_array(jsonb_build_object('used', l.used, 'reserved', held, 'resetsAt', l.ends_at));
  end loop;
  return result;
end $f$;

create function llm_lease(p_key text, p_holder text, probes bigint, ttl bigint, given bigint) returns boolean
language plpgsql set search_path from current as $f$
declare at bigint;
begin
  perform pg_advisory_xact_lock(hashtextextended('holdfast lease ' || p_key, 0));
  at := llm_now(given);
  delete from llm_circuit_leases where key = p_key and expires_at <= at;
  if (select count(*) from llm_circuit_leases where key = p_key) >= probes then return false; end if;
  insert into llm_circuit_leases (key, holder, expires_at) values (p_key, p_holder, at + ttl);
  return true;
end $f$;
`
