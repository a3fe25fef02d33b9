-- the last message of a channel is looked for before each deployment that asks whether people are told
create index outbox_tried on outbox (channel, id) where attempts > 0;
