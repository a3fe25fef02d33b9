//! What changing a column from one type to another does to the rows that are there.

use crate::{Dialect, op::Type};

/// What happens to the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing: the catalogue says it.
    Catalogue,
    /// Each is written anew, and keeps its value.
    Rewrite,
    /// A value may not fit.
    Narrows,
}

/// Bytes of an integer type.
fn width(ty: &Type) -> Option<u8> {
    Some(match ty.name.as_str() {
        "TINYINT" => 1,
        "SMALLINT" => 2,
        "MEDIUMINT" => 3,
        "INTEGER" => 4,
        "BIGINT" => 8,
        _ => return None,
    })
}

/// Most characters of a text type; `None` where there is no such limit.
fn length(dialect: Dialect, ty: &Type) -> Option<u64> {
    match ty.name.as_str() {
        "CHAR" => Some(ty.args.first().copied().unwrap_or(1)),
        "VARCHAR" => ty.args.first().copied(),
        "TINYTEXT" => Some(255),
        "TEXT" if dialect == Dialect::Mysql => Some(65_535),
        "MEDIUMTEXT" => Some(16_777_215),
        _ => None,
    }
}

fn is_text(ty: &Type) -> bool {
    matches!(ty.name.as_str(), "CHAR" | "VARCHAR" | "TEXT" | "TINYTEXT" | "MEDIUMTEXT" | "LONGTEXT" | "CITEXT")
}

/// Whether each value is after the change what it was before, as far as the two types tell: a short list of such changes.
pub fn keeps(dialect: Dialect, old: &Type, new: &Type) -> bool {
    if old == new {
        return true;
    }
    if old.array != new.array || (new.unsigned && !old.unsigned) {
        return false;
    }
    let alike = |is: fn(&Type) -> bool| is(old) && is(new);
    let widens = alike(|ty| width(ty).is_some())
        || alike(|ty| ty.name == "NUMERIC")
        || (old.name == new.name && matches!(new.name.as_str(), "TIMESTAMP" | "TIMESTAMPTZ" | "DATETIME" | "TIME"))
        || (old.name == new.name && alike(|ty| !ty.values.is_empty()))
        || (alike(is_text) && fits(dialect, old, new));
    widens && change(dialect, old, new) != Change::Narrows
}

/// Whether a text of one type is the same in the other. MySQL cuts blanks off a `CHAR`, and counts a `TEXT` in bytes, of which
/// a character has up to four.
fn fits(dialect: Dialect, old: &Type, new: &Type) -> bool {
    let bytes = |ty: &Type| ty.name.ends_with("TEXT");
    let room = match length(dialect, old) {
        Some(most) if dialect == Dialect::Mysql && bytes(new) && !bytes(old) => {
            length(dialect, new).is_none_or(|room| room >= most * 4)
        }
        _ => true,
    };
    room && (new.name != "CHAR" || old.name == "CHAR")
}

/// What the change does.
pub fn change(dialect: Dialect, old: &Type, new: &Type) -> Change {
    if old == new {
        return Change::Catalogue;
    }
    if old.array != new.array {
        return Change::Rewrite;
    }
    if let (Some(before), Some(after)) = (width(old), width(new)) {
        let loses =
            after < before || (new.unsigned && !old.unsigned) || (old.unsigned && !new.unsigned && after <= before);
        return if loses { Change::Narrows } else { Change::Rewrite };
    }
    if is_text(old) && is_text(new) {
        return text(dialect, old, new);
    }
    if !old.values.is_empty() && !new.values.is_empty() {
        let kept = old.values.iter().all(|value| new.values.contains(value));
        let appended = new.values.starts_with(&old.values);
        return match (kept, appended) {
            (true, true) => Change::Catalogue,
            (true, false) => Change::Rewrite,
            _ => Change::Narrows,
        };
    }
    named(dialect, old, new)
}

fn text(dialect: Dialect, old: &Type, new: &Type) -> Change {
    let (before, after) = (length(dialect, old), length(dialect, new));
    let fits = match (before, after) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(before), Some(after)) => after >= before,
    };
    if !fits {
        return Change::Narrows;
    }
    let same_kind = old.name == new.name || (dialect == Dialect::Postgres && old.name != "CHAR" && new.name != "CHAR");
    // MySQL keeps the length in one byte up to 255 bytes; with four bytes for a character that is 63 of them.
    let one_byte = |length: Option<u64>| length.is_some_and(|length| length < 64);
    let in_place = match dialect {
        Dialect::Mysql => old.name == "VARCHAR" && one_byte(before) == one_byte(after),
        _ => true,
    };
    if same_kind && in_place { Change::Catalogue } else { Change::Rewrite }
}

fn named(dialect: Dialect, old: &Type, new: &Type) -> Change {
    // PostgreSQL keeps microseconds unless it is told otherwise, MySQL none.
    let usual = if dialect == Dialect::Mysql { 0 } else { 6 };
    let fraction = |ty: &Type| ty.args.first().copied().unwrap_or(usual);
    match (old.name.as_str(), new.name.as_str()) {
        ("NUMERIC", "NUMERIC") => {
            let scale = |ty: &Type| ty.args.get(1).copied().unwrap_or(0);
            // MySQL's have ten digits where none are written.
            let digits = |ty: &Type| ty.args.first().copied().or((dialect == Dialect::Mysql).then_some(10));
            match (digits(old), digits(new)) {
                (_, None) if dialect == Dialect::Postgres => Change::Catalogue,
                (None, Some(_)) => Change::Narrows,
                (Some(before), Some(after)) => {
                    let whole = (before.saturating_sub(scale(old)), after.saturating_sub(scale(new)));
                    if whole.1 < whole.0 || scale(new) < scale(old) {
                        Change::Narrows
                    } else if scale(new) == scale(old) && dialect == Dialect::Postgres {
                        Change::Catalogue
                    } else {
                        Change::Rewrite
                    }
                }
                _ => Change::Rewrite,
            }
        }
        ("DOUBLE", "REAL" | "NUMERIC")
        | ("DOUBLE" | "REAL" | "NUMERIC", "INTEGER" | "BIGINT" | "SMALLINT" | "TINYINT" | "MEDIUMINT") => {
            Change::Narrows
        }
        ("TIMESTAMP" | "TIMESTAMPTZ" | "DATETIME", "DATE" | "TIME") => Change::Narrows,
        (before, after) if before == after && matches!(before, "TIMESTAMP" | "TIMESTAMPTZ" | "DATETIME" | "TIME") => {
            if fraction(new) < fraction(old) {
                Change::Narrows
            } else {
                Change::Catalogue
            }
        }
        ("LONGBLOB", "MEDIUMBLOB" | "BLOB" | "TINYBLOB")
        | ("MEDIUMBLOB", "BLOB" | "TINYBLOB")
        | ("BLOB", "TINYBLOB") => Change::Narrows,
        ("CIDR", "INET") | ("VARBIT", "VARBIT") => Change::Catalogue,
        _ => Change::Rewrite,
    }
}
