drop table cart;
