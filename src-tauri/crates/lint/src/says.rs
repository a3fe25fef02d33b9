//! What findings and verdicts say.

use crate::op::Object;
use switchback_core::said::Said;

/// An object by its kind and name.
pub fn thing(object: Object, name: &str) -> Said {
    match object {
        Object::View => parts::view(name),
        Object::MaterializedView => parts::materialized_view(name),
        Object::Function => parts::function(name),
        Object::Procedure => parts::procedure(name),
        Object::Trigger => parts::trigger(name),
        Object::Type => parts::ty(name),
        Object::Domain => parts::domain(name),
        Object::Sequence => parts::sequence(name),
        Object::Schema => parts::schema(name),
        Object::Extension => parts::extension(name),
        Object::Database => parts::whole_database(name),
        Object::Policy => parts::policy(name),
        Object::Event => parts::event(name),
        Object::Rule => parts::rule(name),
        Object::Role => parts::role(name),
        Object::Other => parts::other(name),
    }
}

switchback_core::sentences! {
    // Columns.
    cut_to_fit(column) "the values of {column} are cut to fit";
    column_sorts_otherwise(column) "{column} sorts and compares by other rules";
    becomes_smaller(column) "{column} becomes smaller than what may be in it";
    smaller_fails(column) "{column} becomes smaller than what may be in it: it fails, or cuts values";
    smallest_integer(column) "{column} becomes the smallest integer: larger values fail";
    small_integer(column) "{column} becomes a small integer: larger values fail, or are cut";
    counts_to(what, end) "{what} counts to {end} and then every insert fails";
    counts_small(column, kind) "{column} counts as {kind}: it is full soon, and then every insert fails";
    sequence_ends(column) "the sequence of {column} still ends where the old type did; ALTER SEQUENCE ... AS bigint as well";
    sqlite_lacks(what, table) "SQLite has no {what}; {table} stays as it is";
    sqlite_key(column) "SQLite cannot add {column} as primary key or unique";
    sqlite_default(column) "SQLite cannot add {column} with a default that is not constant";
    sqlite_stored(column) "SQLite cannot add {column} as a stored generated column";
    sqlite_drop(column) "SQLite cannot drop {column}, which is a key or unique";
    implicit_value(column) "{column} gets an implicit value in rows that are there, and inserts of code that does not know it fail";
    no_value(column) "{column} has no value for rows that are there: it fails on any table that is not empty";
    value_each_row(column, table) "{column} has another value in each row, so every row of {table} is written anew while it is locked";
    rewritten(table) "every row of {table} is written anew while nobody can read or write it";
    copied(table) "{table} is copied row by row, and nobody can write to it meanwhile";
    charset(column, charset) "{column} becomes {charset}: it is written anew, and order and uniqueness may change";
    scanned(table) "every row of {table} is looked at while nobody can read or write it";
    null_fails(column) "{column} is looked at in every row, and a null in any of them fails it";
    // What is lost.
    built_without(table, column) "{table} is built anew without {column}: what is in it is gone";
    table_goes(table) "{table} and its rows are gone, and running code that names it fails";
    column_goes(column) "{column} and what is in it is gone, and running code that names it fails";
    refers_goes(table) "foreign keys and views on {table} go with it, unnamed";
    rows_go(table) "all rows of {table} are gone";
    rows_of_referring_go(table) "so are all rows of the tables that refer to {table}";
    partition_goes(table) "the rows of a partition of {table} are gone";
    keys_go(table) "foreign keys that rest on this constraint of {table} go with it, unnamed";
    dependent_goes(name) "whatever depends on {name} goes with it, unnamed";
    object_goes(thing) "the {thing} is gone, and whatever uses it fails";
    column_renamed(table, column) "code that runs while this is applied still asks {table} for {column}";
    table_renamed(table) "code that runs while this is applied still asks for {table}";
    // Locks.
    locks_rows(statement, table) "{statement} writes every row of {table} anew, and nobody can write to it meanwhile";
    locks_out(statement, table) "{statement} keeps everybody from {table} for as long as it takes";
    waits_endless() "it waits for a lock without an end, and everybody who comes later waits behind it";
    index_built(table) "nobody can write to {table} while the index is built";
    index_dropped(table) "the drop waits for all readers of {table}, and everybody else waits behind it";
    foreign_checked(table) "every row of {table} is checked while nobody can write to it or to the table it refers to";
    checked(table) "every row of {table} is checked while nobody can read or write it";
    unique_built(table) "nobody can read or write {table} while its index is built";
    in_tools_transaction(what) "the tool runs this file in a transaction, where {what} is refused";
    in_own_transaction(what) "the file began a transaction, where {what} is refused";
    in_one_message(what) "golang-migrate sends this file as one message, which PostgreSQL runs in one transaction, where {what} is refused";
    // MySQL, and values of an enumeration.
    table_sorts_otherwise(table) "{table} sorts and compares by other rules; a conversion writes every row anew";
    enum_stays(value, name) "PostgreSQL cannot take the value {value} of {name} back";
    commits_itself() "MySQL commits before and after this statement: a later failure undoes nothing";
    // How much one file does.
    all_written(table) "every row of {table} is written in one transaction, which holds up whoever writes to it";
    mixed(table) "the schema changes and rows of {table} are written in one file: neither can be undone or repeated alone";
    several() "this file changes things that have nothing to do with each other, and they can only be undone together";
    // Transactions of the file's own.
    begins_within() "the tool runs this file in a transaction, and SQLite refuses another one within it";
    ends_the_tools() "this ends the tool's transaction: what comes behind it, and the tool's own entry, is not kept or dropped with the rest";
    undoes_itself() "this undoes what stands before it, and the version counts as applied all the same";
    never_commits() "nothing commits the transaction that begins here: the server drops it when the connection ends";
    // The set.
    made_later(table, version) "{table} is made only by {version}, which comes later";
    replaced_in_release(column) "{column} goes in the same release that brings what replaces it: watch the code on the new schema first";
    column_replaced_at_once(column) "{column} goes in the same step that brings what replaces it: code that runs meanwhile has neither time nor a way back";
    table_replaced_at_once(table) "{table} goes in the same step that brings what replaces it";
    not_expected(token) "nothing is expected at {token}";
    too_deep(brackets, words) "it is nested too deep to be read: more than {brackets} brackets within one another, or {words} words with no comma between them";
    only_postgres() "CONCURRENTLY is PostgreSQL's alone";
    // What code of before writes.
    given(what) "{what} has to be given a value, and code that is released may write otherwise";
    no_null(what) "{what} takes no null any more, and code that is released may write otherwise";
    no_default(what) "{what} takes no null and loses its default, and code that is released may write otherwise";
    less(what) "{what} takes less than before, and code that is released may write otherwise";
    other_kind(what) "{what} takes values of another kind, and code that is released may write otherwise";
    asked_of_rows(what) "{what} is asked of each row that is written, and code that is released may write otherwise";
    // Acceptances that do not hold.
    unknown_word(word) "switchback knows no {word}; write: switchback:accept RULE until 2026-12-31 and the reason";
    no_last_day() "it has no last day; write: switchback:accept RULE until 2026-12-31 and the reason";
    no_date(day) "{day} is no date; write: switchback:accept RULE until 2026-12-31 and the reason";
    no_reason() "it has no reason; write: switchback:accept RULE until 2026-12-31 and the reason";
    no_rule(name) "there is no rule {name}";
    held_until(day) "it held until {day}";
    // The pair.
    table_empty(table) "{table} comes back empty: its rows are gone with the up";
    column_empty(column) "{column} comes back empty: its values are gone with the up";
    swept(thing) "what went with the {thing} is gone with the up, and its rows with it";
    down_deletes(table) "the down deletes all rows of {table}, also those the up did not bring";
    rows_deleted(table) "rows of {table} are deleted, and no down brings them back";
    values_overwritten(table) "values of {table} are overwritten, and no down brings them back";
    partition_deleted(table) "rows of a partition of {table} are deleted, and no down brings them back";
    refuses(version) "the way down of {version} refuses to run";
    left(left) "after the down {left}";
    left_more(left, more) "after the down {left}, and {more} more";
    // Verdicts.
    unseen() "a statement's effect is not in its text";
    unread() "a statement cannot be read";
    written_over(column) "the down writes over values of {column}, which the up left alone";
    built_blindly(table) "the down builds {table} anew, and no file tells which columns it has";
    no_fit() "values that did not fit are not brought back";
    enum_value() "PostgreSQL cannot remove a value of an enumeration";
    no_up() "there is no way up";
    no_down() "there is no way down";
    run_again() "it is run again as it was";
    nothing_to_undo() "there is nothing to undo";
    blank_down() "the way down holds no statement";
    tool_says() "its tool's list says that the way down loses nothing";
    by_command() "a command runs it: what the way down loses is not known";
    // What is left behind, or taken though the up had not made it.
    stays(thing) "{thing} is still there";
    taken(thing) "{thing} is taken away, and the up had not made it";
    not_back(thing) "{thing} is not brought back";
    stays_changed(thing) "{thing} stays changed";
    still_called(was, now) "{was} is still called {now}";
    back_without(table, column) "{table} comes back without its column {column}";
    back_as(column, now, was) "{column} comes back as {now}, not {was}";
    goes_back_to(column, now, was) "{column} goes back to {now}, not to {was}";
    goes_back_without(table, column) "{table} goes back without its column {column}";
    keeps(table, column) "{table} keeps {column}";
}

/// What is only said as a part of another sentence.
pub mod parts {
    switchback_core::sentences! {
        table(name) "table {name}";
        column(name) "column {name}";
        constraint(name, table) "constraint {name} of {table}";
        index(name) "index {name}";
        view(name) "view {name}";
        materialized_view(name) "materialized view {name}";
        function(name) "function {name}";
        procedure(name) "procedure {name}";
        trigger(name) "trigger {name}";
        ty(name) "type {name}";
        domain(name) "domain {name}";
        sequence(name) "sequence {name}";
        schema(name) "schema {name}";
        extension(name) "extension {name}";
        whole_database(name) "database {name}";
        policy(name) "policy {name}";
        event(name) "event {name}";
        rule(name) "rule {name}";
        role(name) "role {name}";
        other(name) "object {name}";
        type_of(column) "the type of {column}";
        not_null_of(column) "NOT NULL of {column}";
        default_of(column) "the default of {column}";
        form_of(table) "the form of {table}";
        charset_of(table) "the character set of {table}";
        check(name, table) "check {name} of {table}";
        a_check(table) "a check of {table}";
        database() "the database";
        its_table() "its table";
        several_changes() "several changes in one ALTER TABLE";
    }
}
