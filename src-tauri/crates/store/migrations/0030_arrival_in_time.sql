-- what ran when a revision came
create index arrival_in_time on arrival (service, environment, at);
