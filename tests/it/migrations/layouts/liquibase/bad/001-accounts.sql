--liquibase formatted sql
CREATE TABLE stray (id BIGINT);

--changeset lena:1
CREATE TABLE accounts (id BIGINT PRIMARY KEY);

--changeset lena:2
CREATE TABLE limits (id BIGINT PRIMARY KEY);
--rollback empty

--changeset lena:2
CREATE TABLE more (id BIGINT PRIMARY KEY);
--rollback DROP TABLE more;

--changeset three
--changest lena:4
