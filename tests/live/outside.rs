//! A proof changes nothing but its scratch database, whatever its scripts do: attacked on real servers, whose databases,
//! logins and settings are read before and after.

use crate::on_database::{answers, done, pair};
use secrecy::SecretString;
use std::process::Command;
use switchback_core::{migration::Set, port::never};
use switchback_database::{Outcome, Place, Proof, Proving, prove};
use switchback_process::LocalPrograms;
use switchback_tests::database::Database;

/// One pair, whose up is the attack.
fn attack(up: &str) -> Set {
    pair(up, "select 1;")
}

async fn proven(place: &str, password: Option<&SecretString>, set: &Set) -> Proof {
    let place: Place = place.parse().unwrap();
    let proving = Proving { place: &place, password, set, programs: &LocalPrograms, stop: never() };
    let mut proofs = prove(&proving, None, |_| {}).await.unwrap();
    println!("{place}: {}", proofs[0]);
    proofs.remove(0)
}

/// Everything that a server keeps, as its own client says it.
fn whole(place: &str) -> String {
    let at = |key: &str| {
        place.split([' ', ':']).find_map(|word| word.strip_prefix(key)).unwrap().trim_start_matches('=').to_owned()
    };
    let output = if place.starts_with("postgres") {
        Command::new("pg_dumpall").args(["-h", &at("host"), "-U", "app", "--no-sync"]).output().unwrap()
    } else {
        let socket = format!("--socket={}", at("host"));
        let all = ["--all-databases", "--routines", "--events", "--skip-dump-date", "--order-by-primary", "-uroot"];
        Command::new("mariadb-dump").args(["--no-defaults", &socket]).args(all).output().unwrap()
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let statistics = ["innodb_table_stats", "innodb_index_stats", "\\restrict", "\\unrestrict"];
    text.lines().filter(|line| !statistics.iter().any(|word| line.contains(word))).collect::<Vec<_>>().join("\n")
}

/// Each attack is told by the server's words or ours, and leaves the whole server as it was.
async fn stays_as_it_is(place: &str, attacks: &[&str]) {
    let before = whole(place);
    for up in attacks {
        let proof = proven(place, None, &attack(up)).await;
        assert!(matches!(proof.outcome, Outcome::Beyond { line: 1, .. }), "{up}: {proof}");
        assert!(proof.to_string().contains("not proven: it reaches beyond the scratch database: "), "{proof}");
        let after = whole(place);
        assert!(before == after, "{up}\n{}", changed(&before, &after));
    }
}

fn changed(before: &str, after: &str) -> String {
    let lines = |one: &str, other: &str| {
        one.lines().filter(|line| !other.lines().any(|there| there == *line)).collect::<Vec<_>>().join("\n")
    };
    format!("- {}\n+ {}", lines(before, after), lines(after, before))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_script_reaches_out_of_its_scratch_database_on_mariadb() {
    let server = Database::mariadb().await.unwrap();
    let place = server.place("shop");
    done(&server.place("mysql"), &["create database shop", "create database audit"]).await;
    let shop = [
        "create table users (id int primary key, name varchar(40), email varchar(40))",
        "insert into users (id, name) values (1, 'ada'), (2, 'bob')",
        "create table audit.log (id int)",
        "create procedure wipe() delete from shop.users",
        "create user deploy@localhost identified by 'x'",
    ];
    done(&place, &shop).await;
    let attacks = [
        "prepare p from 'delete from shop.users'; execute p;",
        "execute immediate concat('delete from ', 'shop.users');",
        "begin not atomic execute immediate 'delete from shop.users'; end;",
        "call wipe();",
        "execute immediate concat('set password for deploy@localhost = password(', quote('a'), ')');",
        "set password for deploy@localhost = password('a');",
        "execute immediate 'create user eve@localhost'",
        "execute immediate 'create database other'",
        "execute immediate 'set global max_connections = 77'",
        "execute immediate 'create table kid (id int, u int, foreign key (u) references shop.users (id))'",
        "execute immediate 'create trigger t before insert on shop.users for each row set @a = 1'",
        "execute immediate 'select 1 into outfile ''/tmp/switchback-outside''';",
        "execute immediate 'alter table shop.users drop column email'",
        "execute immediate 'rename table users to audit.users'",
    ];
    stays_as_it_is(&place, &attacks).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_reaches_out_by_itself_is_left_out_of_the_copy_and_fine_migrations_are_proven() {
    let server = Database::mariadb().await.unwrap();
    let place = server.place("app1");
    done(&server.place("mysql"), &["create database app1", "create database audit"]).await;
    let shop = [
        "create table audit.log (id int)",
        "create table users (id int primary key, name varchar(40))",
        "create table empty (id int primary key)",
        "create sequence numbers start with 5",
        "create table bills (id int primary key default nextval(numbers))",
        "insert into bills () values ()",
        "create procedure keep(n int) insert into audit.log values (n)",
        "create trigger app1.au after update on app1.users for each row insert into audit.log values (new.id)",
        "create trigger app1.ai after insert on empty for each row call keep(new.id)",
        "create trigger app1.named before insert on app1.users for each row set new.name = upper(new.name)",
        "create view seen as select id from audit.log",
        "create view more as select id from seen",
        "insert into users values (1, 'ada')",
    ];
    done(&place, &shop).await;
    let before = whole(&place);
    let fine = pair(
        "alter table users add email varchar(40); update users set email = 'x'; alter table bills add paid int; insert into bills (id) values (default);",
        "alter table users drop column email; alter table bills drop column paid; delete from bills where id > 5;",
    );
    let proof = proven(&place, None, &fine).await;
    assert!(matches!(&proof.outcome, Outcome::Proven { lost, .. } if lost.is_empty()), "{proof}");
    let definer = pair(
        "create definer = 'root'@'localhost' trigger mine before update on users for each row set new.name = 'x';",
        "drop trigger mine;",
    );
    let mine = proven(&place, None, &definer).await;
    assert!(matches!(mine.outcome, Outcome::Proven { .. }), "{mine}");
    let said = proof.to_string();
    for left_out in [
        "trigger au is left out: it reaches audit.log",
        "trigger ai is left out: it reaches audit.log through keep",
        "view seen is left out: it reads audit.log",
        "view more is left out: it reads audit.log through seen",
    ] {
        assert!(said.contains(left_out), "{said}");
    }
    assert!(said.contains("on a copy with") && !said.contains("trigger named"), "{said}");
    let after = whole(&place);
    assert!(before == after, "{}", changed(&before, &after));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_makes_no_user_runs_nothing_that_cannot_be_read() {
    let server = Database::mariadb().await.unwrap();
    let root = server.place("mysql");
    let setup = [
        "create database shop",
        "create table shop.users (id int primary key, name varchar(40))",
        "insert into shop.users values (1, 'ada')",
        "create user app@localhost identified by 'sesame'",
        "grant all privileges on shop.* to app@localhost",
        "grant all privileges on `switchback\\_proof\\_%`.* to app@localhost",
    ];
    done(&root, &setup).await;
    let (place, password) = (server.place("shop").replace("user=root", "user=app"), SecretString::from("sesame"));
    let before = whole(&root);
    for up in
        ["execute immediate concat('delete from ', 'shop.users');", "call wipe();", "set password = password('a');"]
    {
        let proof = proven(&place, Some(&password), &attack(up)).await;
        assert!(matches!(proof.outcome, Outcome::Beyond { .. }), "{proof}");
        assert!(proof.to_string().contains("give it CREATE USER"), "{proof}");
    }
    let fine = pair("alter table users add email varchar(40);", "alter table users drop column email;");
    let proof = proven(&place, Some(&password), &fine).await;
    assert!(matches!(proof.outcome, Outcome::Proven { .. }), "{proof}");
    let after = whole(&root);
    assert!(before == after, "{}", changed(&before, &after));

    // With the right, the server keeps it in.
    done(&root, &["grant create user on *.* to app@localhost"]).await;
    done(&root, &["grant all privileges on `switchback\\_proof\\_%`.* to app@localhost with grant option"]).await;
    let before = whole(&root);
    let up = "execute immediate concat('delete from ', 'shop.users');";
    let proof = proven(&place, Some(&password), &attack(up)).await;
    assert!(proof.to_string().contains("DELETE command denied"), "{proof}");
    let proof = proven(&place, Some(&password), &fine).await;
    assert!(matches!(proof.outcome, Outcome::Proven { .. }), "{proof}");
    let after = whole(&root);
    assert!(before == after, "{}", changed(&before, &after));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_script_reaches_out_of_its_scratch_database_on_postgres() {
    let server = Database::postgres().await.unwrap();
    done(&server.place("postgres"), &["create database shop"]).await;
    let place = server.place("shop");
    let host = place.split([' ', ':']).find_map(|word| word.strip_prefix("host=")).unwrap().to_owned();
    let here = format!("host={host} dbname=shop user=app");
    let shop = [
        "create extension dblink",
        "create extension postgres_fdw",
        "create extension citext",
        "create table users (id int primary key, name citext)",
        "insert into users values (1, 'ada'), (2, 'bob')",
        "create table log (id int)",
        "create table orders (id int primary key)",
        &format!(
            "create function told() returns trigger language plpgsql as $$ begin perform public.dblink_exec('{here}', \
             'insert into log values (1)'); return new; end $$"
        ),
        "create trigger au after insert or update on orders for each row execute function told()",
        &format!("create server there foreign data wrapper postgres_fdw options (host '{host}', dbname 'shop')"),
        "create user mapping for app server there options (user 'app', password_required 'false')",
        "create foreign table fusers (id int, name text) server there options (table_name 'users')",
        "create role reader",
        "create role owner_of_nothing createrole",
    ];
    done(&place, &shop).await;
    let hidden = format!("do $$ begin perform dblink_exec('{here}', 'delete from users'); end $$;");
    let attacks = [
        "do $$ begin if not exists (select from pg_roles where rolname = 'appro') then create role appro login; end if; end $$;",
        "do $$ begin execute 'create role appro'; end $$;",
        "select pg_create_physical_replication_slot('eve');",
        "update pg_database set datconnlimit = 5;",
        "do $$ begin execute 'alter database shop set work_mem = 100'; end $$;",
        "do $$ begin execute 'alter role reader set work_mem = 100'; end $$;",
        "do $$ begin execute 'alter role app password ''x'''; end $$;",
        "do $$ begin execute 'set role owner_of_nothing'; end $$;",
        "do $$ begin execute 'copy (select 1) to ''/tmp/switchback-outside'''; end $$;",
        "do $$ begin execute 'copy (select 1) to program ''touch /tmp/switchback-outside'''; end $$;",
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app';",
        &hidden,
        "do $$ begin execute 'create server s foreign data wrapper postgres_fdw'; end $$;",
        "delete from fusers where id = 1;",
        "do $$ begin execute 'delete from fus' || 'ers'; end $$;",
        "do $$ begin execute 'alter server there options (set host ''/tmp'')'; end $$;",
    ];
    stays_as_it_is(&place, &attacks).await;
    let before = whole(&place);
    let fine = pair("alter table orders add note text; update orders set note = 'x';", "alter table orders drop note;");
    let proof = proven(&place, None, &fine).await;
    assert!(matches!(&proof.outcome, Outcome::Proven { unseen, .. } if unseen.is_empty()), "{proof}");
    assert!(proof.to_string().contains("trigger au is left out: its function reaches another database"), "{proof}");
    let after = whole(&place);
    assert!(before == after, "{}", changed(&before, &after));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgres_login_that_makes_no_role_runs_nothing_that_cannot_be_read() {
    let server = Database::postgres().await.unwrap();
    let setup = [
        "create role plain login createdb",
        "create role maker login createdb createrole",
        "create database shop owner plain",
        "grant plain to maker",
    ];
    done(&server.place("postgres"), &setup).await;
    let (root, place) = (server.place("shop"), server.place("shop").replace("user=app", "user=plain"));
    done(&place, &["create table users (id int primary key)", "insert into users values (1)"]).await;
    let before = whole(&root);
    let attacks = [
        "do $$ begin execute 'alter role plain password ''x'''; end $$;",
        "do $$ begin execute 'alter database shop set work_mem = 100'; end $$;",
        "select pg_terminate_backend(1);",
    ];
    for up in attacks {
        let proof = proven(&place, None, &attack(up)).await;
        assert!(matches!(proof.outcome, Outcome::Beyond { .. }), "{proof}");
    }
    let maker = place.replace("user=plain", "user=maker");
    let fine = pair("alter table users add email text;", "alter table users drop email;");
    for place in [&place, &maker] {
        let proof = proven(place, None, &fine).await;
        assert!(matches!(proof.outcome, Outcome::Proven { .. }), "{proof}");
        assert!(proof.to_string().contains("on a copy with 1 row"), "{proof}");
    }
    let proof = proven(&maker, None, &attack("do $$ begin execute 'create role eve'; end $$;")).await;
    assert!(proof.to_string().contains("permission denied to create role"), "{proof}");
    let after = whole(&root);
    assert!(before == after, "{}", changed(&before, &after));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_a_superuser_makes_is_still_proven() {
    let server = Database::postgres().await.unwrap();
    done(&server.place("postgres"), &["create database shop"]).await;
    let place = server.place("shop");
    let before = whole(&place);
    let fine = pair(
        "create extension if not exists postgres_fdw; create extension citext; create table a (name citext); create extension dblink;",
        "drop extension dblink; drop table a; drop extension citext; drop extension postgres_fdw;",
    );
    let proof = proven(&place, None, &fine).await;
    assert!(matches!(proof.outcome, Outcome::Proven { .. }), "{proof}");
    let host = place.split([' ', ':']).find_map(|word| word.strip_prefix("host=")).unwrap().to_owned();
    let hidden = format!(
        "create extension dblink; do $$ begin execute 'select dbl' || 'ink_exec(''host={host} dbname=shop user=app'', \
         ''create table eve ()'')'; end $$;"
    );
    let proof = proven(&place, None, &attack(&hidden)).await;
    assert!(matches!(proof.outcome, Outcome::Beyond { .. }), "{proof}");
    let after = whole(&place);
    assert!(before == after, "{}", changed(&before, &after));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_script_reaches_out_of_its_scratch_file_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db");
    std::fs::write(&path, []).unwrap();
    let place = format!("sqlite:{}", path.display());
    done(&place, &["create table users (id integer primary key)", "insert into users values (1)"]).await;
    let before = std::fs::read(&path).unwrap();
    for up in [
        format!("attach '{}' as real; delete from real.users;", path.display()),
        format!("vacuum into '{}/other.db';", folder.path().display()),
        "select load_extension('/tmp/x');".to_owned(),
        format!("pragma temp_store_directory = '{}';", folder.path().display()),
    ] {
        let proof = proven(&place, None, &attack(&up)).await;
        assert!(matches!(proof.outcome, Outcome::Beyond { .. }), "{proof}");
    }
    let inside =
        "pragma journal_mode = delete; pragma writable_schema = on; delete from sqlite_master where name = 'users';";
    let proof = proven(&place, None, &attack(inside)).await;
    assert!(!matches!(proof.outcome, Outcome::Proven { .. }), "{proof}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_login_of_a_killed_proof_goes_with_the_next_one() {
    let at = |ago| {
        let at = std::time::SystemTime::now() - std::time::Duration::from_secs(ago);
        let since = at.duration_since(std::time::UNIX_EPOCH).unwrap();
        let at = uuid::Timestamp::from_unix(uuid::NoContext, since.as_secs(), since.subsec_nanos());
        uuid::Uuid::new_v7(at).simple().to_string()
    };
    let (old, young) = (at(120), at(0));
    let none = pair("select 1;", "select 1;");
    let server = Database::postgres().await.unwrap();
    let first = server.place("postgres");
    let made = [&old, &young].map(|id| format!("create role switchback_proof_{id} login"));
    let database = format!("create database switchback_proof_{old} owner switchback_proof_{old}");
    done(&first, &[&made[0], &made[1], &database, "create role switchback_proof_of_ours"]).await;
    let _ = proven(&first, None, &none).await;
    let query = "select rolname::text from pg_roles where rolname ~ '^switchback' order by 1";
    let left = answers(&first, None, &[query]).await;
    assert_eq!(left, [format!("switchback_proof_{young}"), "switchback_proof_of_ours".to_owned()]);

    let server = Database::mariadb().await.unwrap();
    let first = server.place("mysql");
    let user = |id: &str| format!("switchback_{}", &id[..21]);
    let made = [&old, &young].map(|id| format!("create user {}@localhost", user(id)));
    let database = format!("create database switchback_proof_{old}");
    done(&first, &[&made[0], &made[1], &database, "create database shop", "create user switchback_deploy@localhost"])
        .await;
    let _ = proven(&server.place("shop"), None, &none).await;
    let query = "select cast(user as char) from mysql.user where user like 'switchback%' order by 1";
    assert_eq!(answers(&first, None, &[query]).await, [user(&young), "switchback_deploy".to_owned()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_every_login_may_write_to_is_named_with_what_ends_that() {
    let server = Database::mariadb().await.unwrap();
    let place = server.place("shop");
    let open = [
        "create database shop",
        "create database test",
        "insert into mysql.db (host, db, user, select_priv, create_priv) values ('%', 'test', '', 'Y', 'Y')",
        "flush privileges",
    ];
    done(&server.place("mysql"), &open).await;
    let set = pair("execute immediate 'create table a (id int)';", "drop table a;");
    let proof = proven(&place, None, &set).await.to_string();
    assert!(proof.contains("every login may write to test (`delete from mysql.db where user = ''"), "{proof}");
    done(&server.place("mysql"), &["delete from mysql.db where user = ''", "flush privileges"]).await;
    let proof = proven(&place, None, &set).await;
    assert!(matches!(proof.outcome, Outcome::Proven { .. }), "{proof}");
}
