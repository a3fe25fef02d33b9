//! What is said of losses, of rows in the way, and of room for pods.

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
