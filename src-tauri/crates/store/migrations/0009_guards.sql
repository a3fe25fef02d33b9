-- history is added to, never changed
create trigger event_no_update before update on event begin select raise(abort, 'event is append-only'); end;
create trigger event_no_delete before delete on event begin select raise(abort, 'event is append-only'); end;
create trigger audit_no_update before update on audit begin select raise(abort, 'audit is append-only'); end;
create trigger audit_no_delete before delete on audit begin select raise(abort, 'audit is append-only'); end;
create trigger revision_no_update before update on revision begin select raise(abort, 'revision is append-only'); end;
create trigger revision_no_delete before delete on revision begin select raise(abort, 'revision is append-only'); end;
create trigger arrival_no_update before update on arrival begin select raise(abort, 'arrival is append-only'); end;
create trigger arrival_no_delete before delete on arrival begin select raise(abort, 'arrival is append-only'); end;
create trigger policy_no_update before update on policy begin select raise(abort, 'policy is append-only'); end;
create trigger policy_no_delete before delete on policy begin select raise(abort, 'policy is append-only'); end;
create trigger release_no_update before update on release begin select raise(abort, 'release is append-only'); end;
create trigger release_no_delete before delete on release begin select raise(abort, 'release is append-only'); end;
create trigger audit_key_no_update before update on audit_key begin select raise(abort, 'audit_key is append-only'); end;
create trigger audit_key_no_delete before delete on audit_key begin select raise(abort, 'audit_key is append-only'); end;
