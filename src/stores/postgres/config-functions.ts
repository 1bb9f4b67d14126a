/** Configurations are written by a function, so that one call checks the version and moves the mark of the active one. */
import { configColumns } from '../columns.ts'

const names = configColumns.map(([name]) => name)
const others = names.filter((name) => name !== 'id')

export const configFunctions = `
create function llm_put_config(given jsonb) returns boolean language plpgsql
set search_path from current as $f$
declare
  n llm_provider_configs := jsonb_populate_record(null::llm_provider_configs, given);
  known record;
begin
  -- One writer at a time for a tenant at a provider, whichever of its rows is written.
  perform pg_advisory_xact_lock(hashtextextended('holdfast config ' || n.tenant_id || chr(31) || n.provider, 0));
  select * into known from llm_provider_configs where id = n.id for update;
  if coalesce(known.version, 0) <> n.version - 1 then return false; end if;
  if known.id is not null and (known.tenant_id <> n.tenant_id or known.provider <> n.provider) then return false; end if;
  if n.is_active then
    update llm_provider_configs set is_active = false, version = version + 1, updated_at = n.updated_at
      where tenant_id = n.tenant_id and provider = n.provider and is_active and id <> n.id;
  end if;
  insert into llm_provider_configs select n.*
    on conflict (id) do update set ${others.map((name) => `${name} = excluded.${name}`).join(', ')}
    where llm_provider_configs.version = n.version - 1;
  return found;
end $f$;
`
