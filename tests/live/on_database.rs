//! What the tests of migrations ask of a database, and hand to it.

use secrecy::SecretString;
use switchback_core::migration::{self, Layout, Set, SourceFile};
use switchback_database::Connection;

/// Runs statements; gives what the last of them answers.
pub async fn answers(place: &str, password: Option<&SecretString>, statements: &[&str]) -> Vec<String> {
    let mut connection = Connection::open(&place.parse().unwrap(), password).await.unwrap();
    let mut answer = Vec::new();
    for statement in statements {
        answer = connection.names(statement).await.unwrap();
    }
    connection.close().await;
    answer
}

/// The same without a password.
pub async fn done(place: &str, statements: &[&str]) -> Vec<String> {
    answers(place, None, statements).await
}

/// The same of one statement.
pub async fn sql(place: &str, statement: &str) -> Vec<String> {
    done(place, &[statement]).await
}

/// Files as a tool reads them.
pub fn set(layout: Layout, files: &[(&str, &str)]) -> Set {
    let file = |(path, text): &(&str, &str)| SourceFile { path: (*path).to_owned(), text: (*text).to_owned() };
    migration::read(layout, &files.iter().map(file).collect::<Vec<_>>())
}

/// One pair of golang-migrate's.
pub fn pair(up: &str, down: &str) -> Set {
    set(Layout::GolangMigrate, &[("1_a.up.sql", up), ("1_a.down.sql", down)])
}
