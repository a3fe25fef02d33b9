-- words of the audit; contentless, because the chain holds the text. `kind` holds the word that marks milestones
create virtual table audit_text using fts5 (words, kind, content = '', prefix = '2 3 4 5 6');
