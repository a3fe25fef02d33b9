-- one list per word and per beginning of a word, without positions: a search then never walks along two common words to
-- find where they meet. The words are made by the program, which fills what is missing when it opens the file
drop table audit_text;
create virtual table audit_text using fts5 (
  words,
  content = '',
  detail = none,
  tokenize = "ascii tokenchars '_'",
  prefix = '1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24'
);
