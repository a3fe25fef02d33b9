//! What the body of a trigger does to the row it runs for.

use crate::{
    Dialect,
    read::Cursor,
    sql::{Kind, Token, lex},
};
use std::collections::BTreeSet;

/// The columns of its row that the body of a trigger that comes first gives other values; `None` where it is not told which.
pub fn given_to_new(dialect: Dialect, body: &str) -> Option<BTreeSet<String>> {
    let tokens = lex(dialect, body, 1).tokens;
    let is_new = |token: &Token| token.kind == Kind::Word && token.key == "NEW";
    let begins = |before: &str| match before {
        "" | ";" | "BEGIN" | "THEN" | "ELSE" | "LOOP" | "DO" => true,
        "SET" | "," => dialect == Dialect::Mysql,
        _ => false,
    };
    let mut given = BTreeSet::new();
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).map_or("", |at| tokens[at].key.as_str());
        let rest = &tokens[at + 1..];
        let key = |index: usize| rest.get(index).map_or("", |token| token.key.as_str());
        match token.key.as_str() {
            // A row that is put together, or `new #= ...`.
            "RETURN"
                if dialect == Dialect::Postgres
                    && !(matches!(key(0), "NEW" | "OLD" | "NULL") && matches!(key(1), ";" | "")) =>
            {
                return None;
            }
            "INTO" => {
                let target =
                    rest.iter().take_while(|token| !matches!(token.key.as_str(), "FROM" | ";" | "VALUES" | "SELECT"));
                if target.into_iter().any(&is_new) {
                    return None;
                }
            }
            "NEW" if is_new(token) && begins(before) => {
                let column = Cursor::new(dialect, rest.get(1..).unwrap_or_default()).word();
                let old = Cursor::new(dialect, rest.get(5..).unwrap_or_default()).word();
                match column.filter(|_| key(0) == "." && matches!(key(2), "=" | ":=")) {
                    // What was there stays.
                    Some(column)
                        if key(3) == "OLD" && old == Some(column.clone()) && matches!(key(6), ";" | "," | "") => {}
                    Some(column) => drop(given.insert(column)),
                    None if before == "," => {}
                    None => return None,
                }
            }
            _ => {}
        }
    }
    Some(given)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_trigger_gives_its_row_is_told_or_said_not_to_be() {
        let given = |dialect, body| given_to_new(dialect, body).map(Vec::from_iter);
        let told = |names: &[&str]| Some(names.iter().map(ToString::to_string).collect::<Vec<_>>());
        for (body, columns) in [
            ("begin new.updated_at = now(); return new; end", told(&["updated_at"])),
            ("begin if new.a = 1 then NEW.tok := md5(new.tok); end if; return new; end", told(&["tok"])),
            (
                "begin if tg_op = 'UPDATE' then insert into log values (new.id, new.a = 1); end if; return null; end",
                told(&[]),
            ),
            ("begin select null into new.token; return new; end", None),
            ("begin new := old; return new; end", None),
            ("begin return new #= hstore('token', null); end", None),
        ] {
            assert_eq!(given(Dialect::Postgres, body), columns, "{body}");
        }
        for (body, columns) in [
            ("set new.tok = null, new.b = new.a", told(&["b", "tok"])),
            ("begin if old.a <> new.a then set new.at = now(); end if; end", told(&["at"])),
            ("insert into log values (old.id, new.id)", told(&[])),
            ("set new.id = old.id", told(&[])),
            ("set new.id = old.id + 1", told(&["id"])),
        ] {
            assert_eq!(given(Dialect::Mysql, body), columns, "{body}");
        }
    }
}
