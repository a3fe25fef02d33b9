-- up to which entry the audit's search index was made one part: each part costs a search a look of its own
create table audit_text_gathered (until integer not null);
insert into audit_text_gathered values (0);
