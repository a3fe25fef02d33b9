--liquibase formatted sql

--changeset lena:accounts-1
--comment: accounts of customers
CREATE TABLE accounts (
  id BIGINT PRIMARY KEY
);
--rollback DROP TABLE accounts;

--changeset lena:accounts-2 runInTransaction:false
CREATE INDEX CONCURRENTLY accounts_mail ON accounts (mail);
--rollback DROP INDEX CONCURRENTLY
--rollback   accounts_mail;

-- changeset omar:accounts-3
INSERT INTO currencies (code) VALUES ('EUR');
/* liquibase rollback
DELETE FROM currencies WHERE code = 'EUR';
*/

--changeset omar:accounts-view runOnChange:true
CREATE OR REPLACE VIEW open_accounts AS SELECT id FROM accounts;
