create view totals as select 1;
