create table wishlist (id bigint primary key);
