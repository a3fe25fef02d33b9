create table coupons (id bigint primary key);
