-- one row, bumped by each writing transaction of any process: a cheap "has anything changed?"
create table generation (
  one integer primary key check (one = 1),
  value integer not null
) strict;
insert into generation (one, value) values (1, 0);
