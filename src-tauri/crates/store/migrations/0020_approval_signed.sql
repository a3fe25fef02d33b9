-- a yes may be signed, and carried here from another desk; a plan's hash names all that it is for
alter table approval add column key text;
alter table approval add column signature text;
alter table approval add column carried integer not null default 0;
alter table approval add column subject text;
create index approval_by_plan on approval (plan);
