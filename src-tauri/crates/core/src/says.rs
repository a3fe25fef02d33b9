//! What is said of losses, of rows in the way, of room for pods, and of what a person is to do where something is stuck.

crate::sentences! {
    proven_loses(lost) "proven, and loses {lost}";
    no_value(column, rows) "rows without a value in {column}: {rows}";
    not_unique(columns, values) "values that are more than once in {columns}: {values}";
    no_parent(columns, table, rows) "rows of {columns} for which {table} has none: {rows}";
    not_checked(table, condition, rows) "rows of {table} that are against {condition}: {rows}";
    not_fitting(column, kind, rows) "values of {column} that are no {kind}: {rows}";
    unmet(place, what) "{place}: the server would refuse it; {what}";
}

/// What is only said as a part of another sentence.
pub mod parts {
    crate::sentences! {
        one_row(what, version) "{what} of 1 row ({version})";
        rows(what, rows, version) "{what} of {rows} rows ({version})";
        uncounted(what, version) "{what} ({version})";
        not_brought_back(told) "what its proof did not bring back: {told}";
        gone_before(what) "what its own up took away: {what}";
        rows_gone(table, gone, rows) "{table}: {gone} of {rows} rows";
        values_gone(column) "{column}: its values";
        of_command() "whatever its command takes away, which nobody can count";
        of_statement(place) "whatever {place} takes away, which nobody can count";
        hidden_rows(what) "what of {what} row level security hides from this login, which nobody can count";
        position(position, sequence) "the position {position} of sequence {sequence}";
        quota_endless(name) "the quota {name}: no limit";
        quota(name, fits) "the quota {name}: room for {fits}";
        quotas_hidden() "quotas may not be read";
        nodes_endless(nodes) "{nodes} nodes: no limit";
        nodes(nodes, fits) "{nodes} nodes: room for {fits}";
        nodes_hidden() "the nodes' room may not be read";
        room(pods, wanted, limits) "{pods} of {wanted} pods; {limits}";
    }
}

/// What a person is to do before a way back can go on.
pub mod steps {
    crate::sentences! {
        runtime_back(endpoint) "Bring the runtime at {endpoint} back: it does not answer.";
        database_back(database, why) "Bring the database {database} back: {why}";
        lock_let_go(database, why) "See that nobody holds a lock on {database}: {why}";
        port_free(port) "Free port {port}: something else listens on it.";
        secret_back(name, command) "Give {name} back its value of that day (`{command}`).";
        keychain_open() "Start and unlock the keychain.";
        space_free(place) "Free space on {place}.";
        router_mended(said) "Mend the router: {said}";
        manifest_again(workload) "Apply the manifest of {workload} again: it is not there.";
        schema_loses(what) "The way back of the schema would lose {what}.";
        lose_data() "`switchback resume --lose-data` lets them go, and the old app runs on the old schema.";
        keep_schema() "`switchback resume --keep-schema` leaves the schema as it is, and the old app runs on it.";
        see_why(why) "See why: {why}";
        resume() "Then run `switchback resume`: it goes on undoing where it stopped.";
        revision_to_run(target, revision) "Until then {target} may not be served; {revision} is to run again.";
        manifest_to_run(target) "Until then {target} may not be served; what its own manifest had is to run again.";
        deploy_working(target) "Nothing ran on {target} before; deploy a release that works.";
        deploy_again(target) "Nothing ran on {target} before; deploy it again, once what was in the way is mended.";
        by_hand(service, command) "Mend what is in the way, or bring {service} back by hand: `{command}`.";
        still_new(train, cars) "Until then these still run what {train} brought: {cars}.";
    }
}
