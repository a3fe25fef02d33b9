//! Values that an update writes over: how those are asked for that are others afterwards.

use crate::part::{ident, quoted};
use std::collections::BTreeSet;
use switchback_lint::{Dialect, clause::Assignment};

/// Queries of the rows, the narrowest first: where the server does not take one, the next names no less. A null is no value.
pub fn sources(dialect: Dialect, table: &str, set: &BTreeSet<Assignment>, picked: Option<&str>) -> Vec<String> {
    let present = |one: &Assignment| format!("{} is not null", ident(dialect, &one.column));
    let changed = |one: &Assignment| match &one.value {
        Some(value) => format!("{} and {}", present(one), differs(dialect, &ident(dialect, &one.column), value)),
        None => present(one),
    };
    let any = |each: &dyn Fn(&Assignment) -> String| {
        set.iter().map(|one| format!("({})", each(one))).collect::<Vec<_>>().join(" or ")
    };
    let all = format!("select * from {} where ({})", quoted(dialect, table), any(&present));
    let other = format!("select * from {} where ({})", quoted(dialect, table), any(&changed));
    let of = picked.map(|picked| format!(" and ({picked}\n)")).unwrap_or_default();
    let mut sources = vec![format!("{other}{of}"), format!("{all}{of}"), all];
    sources.dedup();
    sources
}

/// Whether a value is another than the one there. What a collation calls the same is not.
fn differs(dialect: Dialect, name: &str, value: &str) -> String {
    match dialect {
        Dialect::Postgres => format!(
            "({name} is distinct from ({value}\n) or (pg_typeof({name})::text !~ '^(numeric|double|real|time|date|interval)' \
             and {name}::text is distinct from ({value}\n)::text))"
        ),
        Dialect::Mysql => {
            format!("not ({name} <=> ({value}\n) and cast({name} as binary) <=> cast(({value}\n) as binary))")
        }
        Dialect::Sqlite => {
            format!("({name} is not ({value}\n) or cast({name} as blob) is not cast(({value}\n) as blob))")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_query_names_no_less_than_the_one_before() {
        let one = |value: Option<&str>| Assignment { column: "name".to_owned(), value: value.map(str::to_owned) };
        let told = |value, picked| sources(Dialect::Sqlite, "users", &BTreeSet::from([one(value)]), picked);
        let all = "select * from `users` where (`name` is not null)".replace("(`", "((`").replace("null)", "null))");
        assert_eq!(told(None, None).join(""), all);
        assert_eq!(told(None, Some("id > 0")), [format!("{all} and (id > 0\n)"), all.clone()]);
        let narrow = told(Some("'x'"), Some("id > 0"));
        assert!(narrow[0].contains("is not ('x'\n)") && narrow[0].ends_with("and (id > 0\n)"), "{narrow:?}");
        assert_eq!(narrow[1..], [format!("{all} and (id > 0\n)"), all]);
    }
}
