//! Values that an update writes over: how those are asked for that are others afterwards.

use crate::part::{ident, quoted};
use std::collections::BTreeSet;
use switchback_lint::{Dialect, clause::Assignment};

/// Queries of the rows, the narrowest first: where the server does not take one, the next names no less. A null is a value
/// like another.
pub fn sources(dialect: Dialect, table: &str, set: &BTreeSet<Assignment>, picked: Option<&str>) -> Vec<String> {
    let all = format!("select * from {}", quoted(dialect, table));
    let changed = |one: &Assignment| Some(differs(dialect, &ident(dialect, &one.column), one.value.as_ref()?));
    let changed: Option<Vec<String>> = set.iter().map(changed).collect();
    let changed = changed.map(|each| format!("({})", each.join(" or ")));
    let picked = picked.map(|picked| format!("({picked}\n)"));
    let narrowed = |conditions: &[&Option<String>]| {
        let conditions: Vec<&str> = conditions.iter().filter_map(|one| one.as_deref()).collect();
        if conditions.is_empty() { all.clone() } else { format!("{all} where {}", conditions.join(" and ")) }
    };
    let mut sources = vec![narrowed(&[&changed, &picked]), narrowed(&[&picked]), all.clone()];
    sources.dedup();
    sources
}

/// Whether a value is another than the one there, by its bytes: what a collation, or an operator that compares the areas of
/// two boxes, calls the same is not. Numbers are the same by their value.
pub fn differs(dialect: Dialect, name: &str, value: &str) -> String {
    match dialect {
        // A literal gets the column's type in the inner `case`. A constant is computed where no row needs it, and must not fail.
        Dialect::Postgres => {
            let value = format!("(case when true then ({value}\n) else {name} end)");
            format!(
                "(case when pg_typeof({name})::text ~ '^(numeric|double|real|smallint|integer|bigint)' \
                 then to_jsonb({name}) is distinct from to_jsonb({value}) \
                 else {name}::text collate \"C\" is distinct from {value}::text collate \"C\" end)"
            )
        }
        Dialect::Mysql => {
            format!("not ({name} <=> ({value}\n) and cast({name} as binary) <=> cast(({value}\n) as binary))")
        }
        Dialect::Sqlite => format!("({name} is not (({value}\n) collate binary))"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_query_names_no_less_than_the_one_before() {
        let one = |value: Option<&str>| Assignment { column: "name".to_owned(), value: value.map(str::to_owned) };
        let told = |value, picked| sources(Dialect::Sqlite, "users", &BTreeSet::from([one(value)]), picked);
        let all = "select * from `users`".to_owned();
        assert_eq!(told(None, None).concat(), all);
        assert_eq!(told(None, Some("id > 0")), [format!("{all} where (id > 0\n)"), all.clone()]);
        let narrow = told(Some("'x'"), Some("id > 0"));
        assert!(narrow[0].contains("is not (('x'\n)") && narrow[0].ends_with("and (id > 0\n)"), "{narrow:?}");
        assert_eq!(narrow[1..], [format!("{all} where (id > 0\n)"), all]);
    }
}
