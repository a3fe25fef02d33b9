//! What PostgreSQL's catalogue says.
//!
//! Owners are left out, since a proof's are another login's, and so are comments, which nothing runs on.

/// Kind, table (`-` where there is none), then the rest.
pub(super) const QUERIES: [&str; 18] = [
    "select 'column', c.relname::text, n.nspname || '.' || a.attname, format_type(a.atttypid, a.atttypmod), \
     case when a.attnotnull then 'not null' end, a.attidentity::text, a.attgenerated::text, \
     case when a.attcollation <> t.typcollation then (select collname::text from pg_collation where oid = a.attcollation) end, \
     pg_get_expr(d.adbin, d.adrelid), case when a.attstorage <> t.typstorage then 'storage ' || a.attstorage::text end, \
     case when a.attstattarget >= 0 then 'statistics ' || a.attstattarget::text end \
     from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace \
     join pg_type t on t.oid = a.atttypid \
     left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum \
     where c.relkind in ('r', 'p', 'v', 'm', 'f') and a.attnum > 0 and not a.attisdropped \
     and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'sqitch') \
     and not exists (select from pg_depend e where e.objid = c.oid and e.deptype = 'e')",
    "select 'constraint', c.conrelid::regclass::text, c.conname::text, pg_get_constraintdef(c.oid), \
     case when c.convalidated then '' else 'not validated' end from pg_constraint c \
     join pg_namespace n on n.oid = c.connamespace where n.nspname not in ('pg_catalog', 'information_schema', 'sqitch') and c.conrelid <> 0",
    "select 'index', t.relname::text, pg_get_indexdef(x.indexrelid), case when not x.indisvalid then 'not valid' end from pg_index x \
     join pg_class t on t.oid = x.indrelid join pg_namespace n on n.oid = t.relnamespace \
     where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'sqitch')",
    "select 'view', c.relname::text, pg_get_viewdef(c.oid) from pg_class c join pg_namespace n on n.oid = c.relnamespace \
     where c.relkind in ('v', 'm') and n.nspname not in ('pg_catalog', 'information_schema') \
     and not exists (select from pg_depend e where e.objid = c.oid and e.deptype = 'e')",
    "select 'function', '-', pg_get_functiondef(p.oid) from pg_proc p join pg_namespace n on n.oid = p.pronamespace \
     where p.prokind in ('f', 'p') and n.nspname not in ('pg_catalog', 'information_schema') \
     and not exists (select from pg_depend e where e.objid = p.oid and e.deptype = 'e')",
    "select 'trigger', tgrelid::regclass::text, pg_get_triggerdef(oid), case tgenabled when 'O' then '' when 'D' then 'disabled' \
     when 'R' then 'enabled on replicas' else 'enabled always' end from pg_trigger where not tgisinternal",
    "select 'type', '-', t.typname::text, t.typtype::text, \
     case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod) end, case when t.typnotnull then 'not null' end, t.typdefault, (select string_agg(e.enumlabel, ',' order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid) \
     from pg_type t join pg_namespace n on n.oid = t.typnamespace where t.typtype in ('e', 'd', 'r') \
     and n.nspname not in ('pg_catalog', 'information_schema') and not exists (select from pg_depend e where e.objid = t.oid and e.deptype = 'e')",
    "select 'sequence', coalesce((select d.refobjid::regclass::text from pg_depend d where d.classid = 'pg_class'::regclass \
     and d.objid = format('%I.%I', s.schemaname, s.sequencename)::regclass and d.refobjsubid > 0 and d.deptype in ('a', 'i') limit 1), '-'), \
     s.schemaname || '.' || s.sequencename, s.data_type::text, s.start_value::text, \
     s.min_value::text, s.max_value::text, s.increment_by::text, s.cache_size::text, case when s.cycle then 'cycle' end from pg_sequences s",
    "select 'policy', tablename::text, policyname::text, cmd, qual, with_check from pg_policies",
    "select case c.relkind when 'v' then 'view' when 'm' then 'view' else 'table' end, c.relname::text, n.nspname::text, \
     case c.relpersistence when 'u' then 'unlogged' end, \
     case when c.relrowsecurity then 'row level security' end, case when c.relforcerowsecurity then 'for its owner too' end, \
     case when c.relkind = 'v' then null else case c.relreplident when 'n' then 'replica identity nothing' when 'f' then 'replica identity full' \
     when 'i' then 'replica identity by index' end end, array_to_string(c.reloptions, ', ') \
     from pg_class c join pg_namespace n on n.oid = c.relnamespace \
     where c.relkind in ('r', 'p', 'v', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'sqitch') \
     and (c.relpersistence = 'u' or c.relrowsecurity or c.relforcerowsecurity or c.relkind <> 'v' and c.relreplident in ('n', 'f', 'i') \
     or c.reloptions is not null) and not exists (select from pg_depend e where e.objid = c.oid and e.deptype = 'e')",
    "select 'function', '-', p.oid::regprocedure::text, case p.prokind when 'a' then 'aggregate' else 'window' end \
     from pg_proc p join pg_namespace n on n.oid = p.pronamespace where p.prokind in ('a', 'w') \
     and n.nspname not in ('pg_catalog', 'information_schema') and not exists (select from pg_depend e where e.objid = p.oid and e.deptype = 'e')",
    "select 'schema', '-', nspname::text from pg_namespace n where nspname !~ '^pg_' \
     and nspname not in ('information_schema', 'public', 'sqitch') and not exists (select from pg_depend e where e.objid = n.oid and e.deptype = 'e')",
    "select 'rule', tablename::text, rulename::text, definition from pg_rules where schemaname not in ('pg_catalog', 'information_schema')",
    "select 'type', '-', t.typname::text, pg_get_constraintdef(c.oid) from pg_constraint c join pg_type t on t.oid = c.contypid \
     join pg_namespace n on n.oid = t.typnamespace where n.nspname not in ('pg_catalog', 'information_schema')",
    "select 'type', '-', c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod) \
     from pg_class c join pg_attribute a on a.attrelid = c.oid join pg_namespace n on n.oid = c.relnamespace \
     where c.relkind = 'c' and a.attnum > 0 and not a.attisdropped and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') \
     and not exists (select from pg_depend e where e.objid = c.reltype and e.deptype = 'e')",
    "select 'part', i.inhrelid::regclass::text, 'of', i.inhparent::regclass::text, pg_get_expr(c.relpartbound, c.oid) \
     from pg_inherits i join pg_class c on c.oid = i.inhrelid where c.relkind in ('r', 'p', 'f')",
    "select 'statistics', stxrelid::regclass::text, pg_get_statisticsobjdef(oid) from pg_statistic_ext",
    "select 'publication', '-', p.pubname::text, case when p.puballtables then 'all tables' end, t.schemaname || '.' || t.tablename \
     from pg_publication p left join pg_publication_tables t on t.pubname = p.pubname",
];

/// The rights, as such a query.
pub(super) fn rights() -> String {
    format!("select 'right', relation, statement from ({RIGHTS}) r where space <> 'sqitch'")
}

/// Every right that somebody else has than the owner, by relation (`-` where it is of none), schema and the statement that
/// gives it. Functions are everybody's unless that was taken back. Of what will be made, what the login itself will make.
pub(crate) const RIGHTS: &str = "select c.relname::text as relation, n.nspname::text as space, \
     format('grant %s %s on %s %I.%I to %s %s', g.privilege_type, g.columns, case when c.relkind = 'S' then 'sequence' else 'table' end, \
     n.nspname, c.relname, case when g.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(g.grantee)) end, \
     case when g.is_grantable then 'with grant option' end) as statement \
     from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join lateral \
     (select grantee, privilege_type, is_grantable, '' as columns from aclexplode(c.relacl) \
     union all select p.grantee, p.privilege_type, p.is_grantable, format('(%I)', a.attname) from pg_attribute a \
     cross join aclexplode(a.attacl) p where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) g \
     where c.relkind in ('r', 'p', 'v', 'm', 'S') and n.nspname <> 'information_schema' and n.nspname !~ '^pg_' \
     and g.grantee <> c.relowner and not exists (select from pg_depend e where e.objid = c.oid and e.deptype = 'e') \
     union all select '-', n.nspname::text, format('revoke all on routine %s from public', p.oid::regprocedure) \
     from pg_proc p join pg_namespace n on n.oid = p.pronamespace where p.proacl is not null \
     and not exists (select from aclexplode(p.proacl) a where a.grantee = 0) and n.nspname not in ('pg_catalog', 'information_schema') \
     and not exists (select from pg_depend e where e.objid = p.oid and e.deptype = 'e') \
     union all select '-', n.nspname::text, format('grant %s on routine %s to %I %s', a.privilege_type, p.oid::regprocedure, \
     pg_get_userbyid(a.grantee), case when a.is_grantable then 'with grant option' end) \
     from pg_proc p join pg_namespace n on n.oid = p.pronamespace cross join aclexplode(p.proacl) a \
     where n.nspname not in ('pg_catalog', 'information_schema') and a.grantee not in (0, p.proowner) \
     and not exists (select from pg_depend e where e.objid = p.oid and e.deptype = 'e') \
     union all select '-', n.nspname::text, format('grant %s on schema %I to %s %s', a.privilege_type, n.nspname, \
     case when a.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end, \
     case when a.is_grantable then 'with grant option' end) \
     from pg_namespace n cross join aclexplode(n.nspacl) a where n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'sqitch') \
     and a.grantee <> n.nspowner and (n.nspname <> 'public' or a.grantee <> 0) \
     union all select '-', coalesce(n.nspname::text, ''), format('alter default privileges %s grant %s on %s to %s', \
     'in schema ' || quote_ident(n.nspname), a.privilege_type, \
     case d.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions' when 'T' then 'types' else 'schemas' end, \
     case when a.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end) \
     from pg_default_acl d left join pg_namespace n on n.oid = d.defaclnamespace cross join aclexplode(d.defaclacl) a \
     where a.grantee <> d.defaclrole and d.defaclrole = (select oid from pg_roles where rolname = current_user) \
     and (a.grantee <> 0 or d.defaclobjtype not in ('f', 'T'))";
