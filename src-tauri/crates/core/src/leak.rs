//! Whether a variable looks like a secret: what must not become plain configuration.
//!
//! A guess by its name and its shape. A wrong yes costs a word (`--plain NAME`), a wrong no costs a secret, so it leans
//! towards yes.

/// Parts of names that secrets have.
const NAMES: [&str; 12] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "api_key",
    "access_key",
    "private",
    "credential",
    "dsn",
    "auth",
];
/// Last words of names that secrets have.
const ENDINGS: [&str; 3] = ["_key", "_pw", "_pwd"];
/// How well-known secrets begin.
const PREFIXES: [&str; 8] = ["sk_live_", "rk_live_", "ghp_", "github_pat_", "glpat-", "xoxb-", "AKIA", "-----BEGIN"];

/// Whether `value` under `name` may be a secret.
pub fn looks_secret(name: &str, value: &str) -> bool {
    if value.is_empty() {
        return false;
    }
    let name = name.to_lowercase();
    NAMES.iter().any(|part| name.contains(part))
        || name == "key"
        || ENDINGS.iter().any(|ending| name.ends_with(ending))
        || PREFIXES.iter().any(|prefix| value.starts_with(prefix))
        || holds_password(value)
}

/// `scheme://user:password@host`.
fn holds_password(value: &str) -> bool {
    let Some((_, rest)) = value.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let Some((user, _)) = authority.rsplit_once('@') else { return false };
    user.split_once(':').is_some_and(|(_, password)| !password.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_name_and_by_shape() {
        for (name, value) in [
            ("DB_PASSWORD", "x"),
            ("STRIPE_KEY", "x"),
            ("SENTRY_DSN", "x"),
            ("PAYMENT", "sk_live_51"),
            ("DATABASE_URL", "postgres://shop:hunter2@db/shop"),
        ] {
            assert!(looks_secret(name, value), "{name}");
        }
        for (name, value) in [
            ("MODE", "fast"),
            ("PAYMENT_URL", "https://pay.example/a:b@c"),
            ("DATABASE_URL", "postgres://shop@db/shop"),
            ("KEYBOARD", "us"),
            ("DB_PASSWORD", ""),
        ] {
            assert!(!looks_secret(name, value), "{name}");
        }
    }
}
