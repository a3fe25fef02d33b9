-- a delivered message stays as evidence of who was told, and every message knows its deployment
alter table outbox add column deployment text;
alter table outbox add column delivered integer;
update outbox set deployment = replace(json_extract(message, '$.link'), 'switchback://deployment/', '');
drop index outbox_due;
create index outbox_due on outbox (id) where given_up is null and delivered is null;
create index outbox_of on outbox (deployment, id);
