create table parcels (id bigint primary key);
