//! A proof fails no migration over rows that it made up itself, on real servers whose tables are empty.

use crate::{
    migrations::{proven, told},
    on_database::{done, set},
};
use switchback_core::migration::{Goal, Layout, Set};
use switchback_database::{Outcome, Place, Proof, run};
use switchback_tests::database::Database;

/// Scripts that go well on the rows that people write, and not on one of each table that anybody could make up.
const FILES: [(&str, &str); 8] = [
    (
        "1_ids.up.sql",
        "create table ids (id integer primary key, service varchar(20) not null);\n\
         create table sess (id integer primary key, ids_id integer not null, foreign key (ids_id) references ids (id));",
    ),
    ("1_ids.down.sql", "drop table sess;\ndrop table ids;"),
    ("2_openid.up.sql", "delete from ids where service <> 'openid';\nalter table ids add column note varchar(20);"),
    ("2_openid.down.sql", "alter table ids drop column note;"),
    (
        "3_kinds.up.sql",
        "create table kinds (kind varchar(20) check (kind in ('openid')));\ninsert into kinds select service from ids;",
    ),
    ("3_kinds.down.sql", "drop table kinds;"),
    ("4_late.up.sql", "alter table ids add column late integer;"),
    ("4_late.down.sql", "alter table ids drop column late;\ndelete from ids where service <> 'openid';"),
];

/// What fails whatever rows there are.
const BROKEN: [(&str, &str); 4] = [
    ("5_broken.up.sql", "create table more (id integer primary key);\ninsert into nowhere values (1);"),
    ("5_broken.down.sql", "drop table more;"),
    ("6_last.up.sql", "create table last (id integer primary key);"),
    ("6_last.down.sql", "drop table last;"),
];

/// The tables that each of these proofs saw no rows of.
fn unseen(proofs: &[Proof]) -> Vec<String> {
    let of = |proof: &Proof| match &proof.outcome {
        Outcome::Proven { unseen, .. } => unseen.join(" ").replace("public.", ""),
        other => other.to_string(),
    };
    proofs.iter().map(of).collect()
}

async fn applied(place: &str, set: &Set, version: &str) {
    let at: Place = place.parse().unwrap();
    let _ = run(&at, None, set, &Goal::Version(version.to_owned()), |_| {}).await.unwrap();
}

/// The same on each of the three; `left` asks for scratch databases that are still there.
async fn no_row_of_its_own_fails_a_proof(place: &str, layout: Layout, left: Option<&str>) {
    let (fine, all) = (set(layout, &FILES), set(layout, &[&FILES[..], &BROKEN[..]].concat()));
    let hold = ["1 proven, loses []", "2 proven, loses []", "3 proven, loses []", "4 proven, loses []"];
    let broken = ["5 fails in up at 5_broken.up.sql:2", "6 NotReached { because: \"5 is before it\" }"];

    let proofs = proven(place, &all).await;
    assert_eq!(told(&proofs), [&hold[..], &broken[..]].concat(), "{place}");
    // They say what they could not look at, and nothing else.
    let without = ["", "ids sess", "ids sess", "ids kinds sess"];
    assert_eq!(unseen(&proofs[..4]), without, "{place}");
    let said = proofs[1].to_string();
    assert!(
        said.contains("ids, ") && said.contains("sess, which took no sample: what they lose was not seen"),
        "{said}"
    );

    applied(place, &all, "4").await;
    let proofs = proven(place, &all).await;
    assert_eq!(told(&proofs), [&hold[..], &broken[..]].concat(), "{place}");
    assert_eq!(unseen(&proofs[3..4]), ["ids kinds sess"], "{place}");

    // On rows that people wrote it fails over them still, and there is nothing to try again.
    applied(place, &fine, "1").await;
    let _ = done(place, &["insert into ids values (1, 'saml')", "insert into sess values (1, 1)"]).await;
    let proofs = proven(place, &fine).await;
    let of = if place.starts_with("postgres") { "public." } else { "" };
    let theirs = format!("1 proven, loses [\"{of}ids: 1 of 1 rows\", \"{of}sess: 1 of 1 rows\"]");
    assert_eq!(told(&proofs)[..2], [theirs.as_str(), "2 fails in up at 2_openid.up.sql:1"], "{place}");
    let _ = done(place, &["update ids set service = 'openid'"]).await;
    let proofs = proven(place, &fine).await;
    assert_eq!(told(&proofs), [&[theirs.as_str()], &hold[1..]].concat(), "{place}");
    assert_eq!(unseen(&proofs), [""; 4], "{place}: they had rows");
    if let Some(left) = left {
        assert!(done(place, &[left]).await.is_empty(), "{place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_on_postgres_fails_no_migration_over_a_row_of_its_own() {
    let server = Database::postgres().await.unwrap();
    let _ = done(&server.place(server.first()), &["create database shop"]).await;
    let left = "select datname::text from pg_database where datname like 'switchback%'";
    no_row_of_its_own_fails_a_proof(&server.place("shop"), Layout::GolangMigrate, Some(left)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_on_mariadb_fails_no_migration_over_a_row_of_its_own() {
    let server = Database::mariadb().await.unwrap();
    let _ = done(&server.place(server.first()), &["create database shop"]).await;
    let left = "select cast(schema_name as char) from information_schema.schemata where schema_name like 'switchback%'";
    no_row_of_its_own_fails_a_proof(&server.place("shop"), Layout::GolangMigrate, Some(left)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_on_sqlite_fails_no_migration_over_a_row_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db");
    std::fs::write(&path, []).unwrap();
    // Its references are heeded.
    no_row_of_its_own_fails_a_proof(&format!("sqlite:{}", path.display()), Layout::Sqlx, None).await;
}
