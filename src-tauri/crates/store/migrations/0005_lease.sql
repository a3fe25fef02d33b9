-- one executor per target; the row stays after a release, so that the epoch never falls
create table lease (
  service text not null,
  environment text not null,
  epoch integer not null,
  owner text,
  since integer not null,
  beat integer not null,
  message text not null,
  primary key (service, environment)
) strict, without rowid;
