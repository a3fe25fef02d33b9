//! PostgreSQL's rights: a table is changed by its owner, and made by whom its schema lets.

use super::need::{Need, Right};
use crate::{
    Connection, DatabaseError,
    books::text,
    connection::TextRow,
    part::{ident, quoted},
};
use switchback_core::port::MissingRight;
use switchback_lint::Dialect;

pub async fn missing(connection: &mut Connection, needs: &[Need]) -> Result<Vec<MissingRight>, DatabaseError> {
    let doing = DatabaseError::doing("ask for this user's rights");
    let who =
        "select current_user::text, rolsuper::text, current_schema()::text from pg_roles where rolname = current_user";
    let rows = connection.rows(who).await.map_err(doing)?;
    let Some([Some(user), Some(everything), schema]) = rows.first().map(Vec::as_slice) else { return Ok(Vec::new()) };
    if everything == "true" {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for need in needs {
        let Some(asked) = Asked::of(need, schema.as_deref()) else { continue };
        // A schema that this user may not look into answers with an error; then nothing is known.
        let Ok(rows) = connection.rows(&asked.query()).await else { continue };
        if let Some((right, way_out)) = rows.first().and_then(|row| asked.lacks(user, row)) {
            let (path, line, user) = (need.path.clone(), need.line, user.clone());
            found.push(MissingRight { path, line, user, right, way_out });
        }
    }
    Ok(found)
}

/// What is asked of the catalogue.
enum Asked<'a> {
    /// To make something in a schema.
    Make { schema: String },
    /// To change what is there.
    Own { name: &'a str, drops: bool },
    /// A word that can be granted on a table.
    Granted { name: &'a str, word: &'static str },
}

impl<'a> Asked<'a> {
    fn of(need: &'a Need, schema: Option<&str>) -> Option<Self> {
        let name = need.on.as_str();
        Some(match need.right {
            Right::Create | Right::CreateView | Right::CreateRoutine => {
                let own = name.rsplit_once('.').map(|(schema, _)| schema);
                Self::Make { schema: own.or(schema)?.to_owned() }
            }
            Right::Alter | Right::Index | Right::DropIndex => Self::Own { name, drops: false },
            Right::Drop => Self::Own { name, drops: true },
            Right::Select => Self::Granted { name, word: "select" },
            Right::Insert => Self::Granted { name, word: "insert" },
            Right::Update => Self::Granted { name, word: "update" },
            Right::Delete => Self::Granted { name, word: "delete" },
            Right::Truncate => Self::Granted { name, word: "truncate" },
            Right::Trigger => Self::Granted { name, word: "trigger" },
            Right::Refer => Self::Granted { name, word: "references" },
        })
    }

    /// The first column says whether it is so.
    fn query(&self) -> String {
        let literal = |value: &str| text(Dialect::Postgres, value);
        match self {
            Self::Make { schema } => format!(
                "select has_schema_privilege(oid, 'CREATE')::text from pg_namespace where nspname = {}",
                literal(schema)
            ),
            // Whoever owns the schema may drop what is in it.
            Self::Own { name, drops } => format!(
                "select (pg_has_role(c.relowner, 'USAGE') or ({drops} and pg_has_role(n.nspowner, 'USAGE')))::text, o.rolname::text, o.rolsuper::text \
                 from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_roles o on o.oid = c.relowner where c.oid = to_regclass({})",
                literal(&quoted(Dialect::Postgres, name))
            ),
            Self::Granted { name, word } => {
                let asked = match *word {
                    "select" | "insert" | "update" | "references" => "has_any_column_privilege",
                    _ => "has_table_privilege",
                };
                format!(
                    "select {asked}(to_regclass({})::oid, '{word}')::text",
                    literal(&quoted(Dialect::Postgres, name))
                )
            }
        }
    }

    /// The right that is missing, and what gives it.
    fn lacks(&self, user: &str, row: &TextRow) -> Option<(String, String)> {
        if row.first()?.as_deref()? != "false" {
            return None;
        }
        let to = role(user);
        Some(match self {
            Self::Make { schema } => {
                (format!("CREATE on schema {schema}"), format!("grant create on schema {} to {to}", role(schema)))
            }
            Self::Own { name, .. } => {
                let (owner, above) = (row.get(1)?.as_deref()?, row.get(2)?.as_deref()? == "true");
                // Nobody is made a superuser for a table's sake.
                let way_out = if above {
                    format!("alter table {name} owner to {to}")
                } else {
                    format!("grant {} to {to}", role(owner))
                };
                (format!("ownership of {name}, which is {owner}'s"), way_out)
            }
            Self::Granted { name, word } => {
                (format!("{} on {name}", word.to_ascii_uppercase()), format!("grant {word} on {name} to {to}"))
            }
        })
    }
}

/// A role or schema as SQL writes it.
fn role(name: &str) -> String {
    let plain = name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_');
    if plain { name.to_owned() } else { ident(Dialect::Postgres, name) }
}
