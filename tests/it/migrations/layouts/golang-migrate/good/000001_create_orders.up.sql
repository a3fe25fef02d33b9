-- orders of the shop
create table orders (
  id bigint generated always as identity primary key,
  total numeric(12, 2) not null
);
