create table cart (id bigint primary key);
