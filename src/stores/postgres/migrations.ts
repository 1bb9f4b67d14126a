import { type Column, type ColumnType, configColumns, usageColumns, usageTable } from '../columns.ts'
import { configFunctions } from './config-functions.ts'
import { limitFunctions } from './limit-functions.ts'

const types: Readonly<Record<ColumnType, string>> = {
  text: 'text',
  integer: 'bigint',
  real: 'double precision',
  boolean: 'boolean',
  json: 'jsonb',
}

/** Columns with their types, as `jsonb_to_recordset` wants them. */
export function typedColumns<Row>(columns: readonly Column<Row>[]): string {
  return columns.map(([name, , type]) => `${name} ${types[type]}`).join(', ')
}

function table<Row>(name: string, columns: readonly Column<Row>[]): string {
  const lines = columns.map(([column, , type, required]) => {
    const rule = column === 'id' ? ' primary key' : required ? ' not null' : ''
    // By bytes, so that every server orders and compares alike.
    return `${column} ${types[type]}${type === 'text' ? ' collate "C"' : ''}${rule}`
  })
  return `create table ${name} (${lines.join(', ')});`
}

function usage(kind: 'attempt' | 'call'): string {
  const name = usageTable(kind)
  return `${table(name, usageColumns)}
    create index ${name}_tenant on ${name} (tenant_id, created_at);
    create index ${name}_created on ${name} (created_at);
    create index ${name}_open on ${name} (expires_at) where outcome = 'open';`
}

/** Each step takes the schema from one version to the next. A step that was released never changes. */
const migrations: readonly string[] = [
  `${usage('attempt')}
  ${usage('call')}
  ${table('llm_provider_configs', configColumns)}
  create unique index llm_provider_configs_active on llm_provider_configs (tenant_id, provider) where is_active;
  create index llm_provider_configs_tenant on llm_provider_configs (tenant_id, provider);
  create table llm_limit_slots (
    key text collate "C" not null, slot bigint not null, used bigint not null, expires_at bigint,
    primary key (key, slot)
  );
  create index llm_limit_slots_end on llm_limit_slots (expires_at);
  create table llm_limit_pending (
    key text collate "C" not null, id text collate "C" not null, slot bigint not null, amount bigint not null,
    keep bigint not null, expires_at bigint not null, primary key (key, id)
  );
  create index llm_limit_pending_end on llm_limit_pending (key, expires_at);
  create table llm_circuits (
    key text collate "C" primary key, state text not null, failures bigint not null, open_until bigint not null,
    openings bigint not null
  );
  create table llm_circuit_leases (
    id bigint generated always as identity primary key, key text collate "C" not null, holder text not null,
    expires_at bigint not null
  );
  create index llm_circuit_leases_key on llm_circuit_leases (key, expires_at);
  ${limitFunctions}
  ${configFunctions}`,
]

/**
 * One statement that brings the schema to the newest version. The lock lets one process do the work while others wait
 * and find it done; a failure leaves everything as it was.
 */
export function migrationSql(schema: string, steps: readonly string[] = migrations): string {
  const body = steps.map((step, index) => `if found < ${index + 1} then execute $step$${step}$step$; end if;`)
  return `do $migrate$
declare found int := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended('holdfast schema ${schema}', 0));
  -- A query over the catalogue sees what others committed while we waited; to_regclass may not.
  if exists (select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = '${schema}' and c.relname = 'llm_schema') then
    execute 'select coalesce(max(version), 0) from "${schema}".llm_schema' into found;
  end if;
  if found > ${steps.length} then
    raise exception 'schema version %', found using errcode = 'HF001';
  end if;
  if found = ${steps.length} then return; end if;
  create schema if not exists "${schema}";
  perform set_config('search_path', '"${schema}"', true);
  create table if not exists llm_schema (version int not null);
  ${body.join('\n  ')}
  delete from llm_schema;
  insert into llm_schema values (${steps.length});
end
$migrate$`
}
