-- what was found bad, so that the same under another version is known; unknown of what is in quarantine already
alter table quarantine add column content text;
