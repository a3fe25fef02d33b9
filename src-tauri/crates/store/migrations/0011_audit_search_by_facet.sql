-- the facets are words too, so that a search within them is one intersection inside the index
drop table audit_text;
create virtual table audit_text using fts5 (words, facets, content = '', prefix = '1 2 3 4 5 6');
insert into audit_text (rowid, words, facets)
select seq,
  actor || char(10) || action || char(10) || subject || char(10) || coalesce(environment, '') || char(10) || why,
  iif(milestone, 'milestone', 'detail') || ' a' || hex(actor) || ' x' || hex(action) || ' e' || hex(coalesce(environment, ''))
from audit;
