//! Migrations of a tool of the team's own, by the four commands of its contract: with a release there and back, and each
//! way in which such a tool goes wrong. The tool is a script over plain files, so that it is there on every machine.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};
use switchback_tests::{
    cli::{Answer, Desk},
    part::PartError,
    port,
};

/// A migration is a file with the functions `up` and `down`; what is applied stands beside the database.
const TOOL: &str = r#"#!/bin/sh
set -eu
applied="${SWITCHBACK_DATABASE:-none}.applied"
if [ -f mood ]; then . ./mood; fi
case $1 in
list)
  for file in db/*.sh; do
    file=${file#db/}
    more=
    if grep -q '^down()' "db/$file"; then more="$more,\"down\":\"$file\""; fi
    if grep -q '^# lossless' "db/$file"; then more="$more,\"lossless\":true"; fi
    echo "{\"version\":\"${file%.sh}\",\"up\":\"$file\"$more}"
  done ;;
status)
  [ "$DATABASE_URL" = "sqlite:///$SWITCHBACK_DATABASE" ]
  if [ -f "$applied" ]; then
    while read -r version; do echo "{\"version\":\"$version\",\"state\":\"applied\"}"; done <"$applied"
  fi ;;
up)
  [ "$2" = "$SWITCHBACK_VERSION" ]
  . "./db/$2.sh"
  up
  echo "$2" >>"$applied" ;;
down)
  . "./db/$2.sh"
  down
  grep -vx "$2" "$applied" >"$applied.new" || true
  mv "$applied.new" "$applied" ;;
esac
"#;

fn executable(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

async fn desk() -> Result<Desk, PartError> {
    desk_with("").await
}

/// One whose tool has this beside its commands.
async fn desk_with(more: &str) -> Result<Desk, PartError> {
    let desk = Desk::new().await?;
    fs::create_dir_all(desk.folder().join("db")).unwrap();
    fs::write(desk.folder().join("shop.db"), []).unwrap();
    executable(&desk.folder().join("tool"), TOOL);
    let policy = format!(
        "version: 1\nservices:\n  web:\n    folder: \"{{version}}\"\n    migrations:\n      layout: command\n      path: db\n      \
         database: main\n      commands:\n        list: [./tool, list]\n        status: [./tool, status]\n        up: [./tool, up, \
         \"{{version}}\"]\n        down: [./tool, down, \"{{version}}\"]\n        timeout: 2s\n{more}databases: {{ main: {{ production: \
         {{ sqlite: shop.db }} }} }}\nenvironments: {{ production: {{ zone: UTC }} }}\ntargets:\n  web/production:\n    process: \
         {{ run: [\"{{release}}/server\"], port: {} }}\n    strategy: recreate\n    grace: 1s\n    health: {{ tcp: true, within: \
         10s, every: 100ms, passes: 1 }}\n",
        port::free()
    );
    let _ = desk.apply(&policy).await?.exits(0);
    Ok(desk)
}

fn migration(desk: &Desk, version: &str, text: &str) {
    fs::write(desk.folder().join(format!("db/{version}.sh")), text).unwrap();
}

/// A release that serves when `first` goes well.
async fn deploy(desk: &Desk, version: &str, first: &str) -> Answer {
    let folder = desk.folder().join(version);
    fs::create_dir_all(&folder).unwrap();
    let serve = "/bin/busybox httpd -f -p 127.0.0.1:$PORT & trap 'kill $!; exit 0' TERM; wait";
    executable(&folder.join("server"), &format!("#!/bin/sh\n# {version}\n{first} || exit 1\n{serve}\n"));
    desk.run(["deploy", "web", "production", version]).await.unwrap()
}

fn applied(desk: &Desk) -> String {
    fs::read_to_string(desk.folder().join("shop.db.applied")).unwrap_or_default().replace('\n', " ")
}

const TABLE: &str =
    "up() { echo made >\"$SWITCHBACK_DATABASE.users\"; }\ndown() { rm \"$SWITCHBACK_DATABASE.users\"; }\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_release_goes_there_and_back_with_a_tool_of_the_teams_own() -> Result<(), PartError> {
    let desk = desk().await?;
    migration(&desk, "001", TABLE);
    let _ = deploy(&desk, "1.0", "true").await.exits(0);
    assert_eq!((applied(&desk).as_str(), desk.folder().join("shop.db.users").exists()), ("001 ", true));

    // What nobody reads is not called fine.
    migration(&desk, "002", "up() { :; }\ndown() { :; }\n");
    migration(&desk, "003", "# lossless\nup() { :; }\ndown() { :; }\n");
    let shown = desk.run(["migrations", "show", "web", "production"]).await?.exits(0);
    let each: Vec<(&str, &str)> = shown.json["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["state"].as_str().unwrap(), one["reversible"].as_str().unwrap()))
        .collect();
    assert_eq!(each, [("applied", "unknown"), ("pending", "unknown"), ("pending", "yes")]);
    assert_eq!(shown.json["readable"], false, "{:#}", shown.json);
    // This tool says of any place at all what is applied there: it might do its work elsewhere, too.
    let unproven = desk.run(["migrations", "show", "web", "production", "--prove"]).await?;
    assert!(unproven.code != 0 && unproven.stderr.contains("nothing is proven"), "{}", unproven.stderr);
    assert_eq!(applied(&desk), "001 ");
    let plan = desk.run(["plan", "web", "production", "1.0"]).await?.exits(0);
    assert!(plan.text("/warnings/0").starts_with("002.sh:1: `./tool up {version}` runs this"), "{:#}", plan.json);
    let _ = deploy(&desk, "2.0", "true").await.exits(0);
    assert_eq!(applied(&desk), "001 002 003 ");

    // A way back by command may lose anything, unless the list says that it loses nothing: then a bad release goes alone.
    let refused = desk.run(["rollback", "web", "production"]).await?.exits(3);
    assert_eq!(refused.error()["code"], "migration_loses", "{}", refused.stderr);
    assert!(refused.stderr.contains("nobody can count (002)") && !refused.stderr.contains("003"), "{}", refused.stderr);
    let _ = desk.run(["rollback", "web", "production", "--lose-data"]).await?.exits(0);
    assert_eq!(applied(&desk), "001 ");
    fs::remove_file(desk.folder().join("db/002.sh")).unwrap();
    let _ = deploy(&desk, "3.0", "false").await.exits(4);
    assert_eq!(applied(&desk), "001 ");
    migration(&desk, "004", "up() { :; }\ndown() { :; }\n");
    let stuck = deploy(&desk, "4.0", "false").await.exits(5);
    assert!(format!("{:#}", stuck.json).contains("resume --keep-schema"), "{:#}", stuck.json);
    let _ = desk.run(["resume", "--lose-data"]).await?;
    assert_eq!(applied(&desk), "001 ");
    Ok(())
}

/// A tool that keeps its books in the database, and goes where it is told to.
const IN_SQL: &str = r#"#!/usr/bin/env python3
import json, os, pathlib, sqlite3, sys
what = sys.argv[1]
if what == "list":
    for file in sorted(pathlib.Path("db").glob("*.sql")):
        print(json.dumps({"version": file.stem, "up": file.name, "down": file.name}))
    sys.exit()
at = sqlite3.connect(f"file:{os.environ['SWITCHBACK_DATABASE']}?mode=rw", uri=True)
at.execute("create table if not exists done (version text primary key)")
if what == "status":
    for (version,) in at.execute("select version from done"):
        print(json.dumps({"version": version, "state": "applied"}))
else:
    up, down = (pathlib.Path("db") / f"{sys.argv[2]}.sql").read_text().split("-- down")
    at.executescript(up if what == "up" else down)
    book = "insert into done values (?)" if what == "up" else "delete from done where version = ?"
    at.execute(book, (sys.argv[2],))
at.commit()
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_way_back_of_the_teams_own_tool_is_proven_on_a_scratch_database() -> Result<(), PartError> {
    let desk = desk_with("        books: [done]\n").await?;
    executable(&desk.folder().join("tool"), IN_SQL);
    let migration = |version: &str, text: &str| {
        fs::write(desk.folder().join(format!("db/{version}.sql")), text).unwrap();
    };
    migration("001", "create table users (id integer primary key, name text);\n-- down\ndrop table users;\n");
    migration(
        "002",
        "alter table users add column mail text;\ncreate index by_mail on users (mail);\n-- down\ndrop index by_mail;\n",
    );
    migration("003", "update users set name = null;\n-- down\nselect 1;\n");
    let prove = async || desk.run(["migrations", "show", "web", "production", "--prove"]).await;
    let told = prove().await?.exits(3);
    let version = |told: &Answer, index: usize| {
        let proof = &told.json["versions"][index]["proof"];
        (proof["holds"].as_bool(), proof["told"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(version(&told, 0).0, Some(true), "{:#}", told.json);
    let (holds, why) = version(&told, 1);
    assert!(holds == Some(false) && why.contains("+ column users mail"), "{why}");

    migration("002", "alter table users add column mail text;\n-- down\nalter table users drop column mail;\n");
    let told = prove().await?.exits(0);
    assert_eq!(version(&told, 1).0, Some(true), "{:#}", told.json);
    // The name in the sample row went, and nothing brought it back.
    let (holds, why) = version(&told, 2);
    assert!(holds == Some(true) && why.contains("loses"), "{why}");
    // The database that people use was only asked.
    assert!(!String::from_utf8_lossy(&fs::read(desk.folder().join("shop.db")).unwrap()).contains("users"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_keeps_no_contract_is_named_with_what_it_said() -> Result<(), PartError> {
    let desk = desk().await?;
    migration(&desk, "001", TABLE);
    let _ = deploy(&desk, "1.0", "true").await.exits(0);
    let mood = |text: &str| fs::write(desk.folder().join("mood"), text).unwrap();
    let plan = async || desk.run(["plan", "web", "production", "1.0"]).await;

    mood("if [ $1 = list ]; then echo 'Batch 1 run: 2'; fi\n");
    let said = plan().await?;
    assert!(said.stderr.contains("`./tool list` printed what is not the contract: line 1, "), "{}", said.stderr);
    mood("if [ $1 = status ]; then echo half; echo 'no such server' >&2; exit 7; fi\n");
    let said = plan().await?;
    assert!(said.stderr.contains("`./tool status` ended with 7: half; no such server"), "{}", said.stderr);
    mood("if [ $1 = status ]; then echo '{\"version\":\"009\",\"state\":\"applied\"}'; fi\n");
    assert_eq!(plan().await?.exits(3).error()["code"], "database_ahead");
    fs::remove_file(desk.folder().join("mood")).unwrap();

    // The way back is missing; a file is not what was released.
    migration(&desk, "002", "up() { :; }\n");
    let said = plan().await?.exits(3);
    assert_eq!((said.error()["code"].as_str(), said.stderr.contains("002.sh:1")), (Some("no_way_back"), true));
    migration(&desk, "001", &format!("{TABLE}# edited\n"));
    let said = plan().await?;
    assert!(said.stderr.contains("001.sh:1: 001 is not what was released"), "{}", said.stderr);
    migration(&desk, "001", TABLE);

    // It says no, it ends well and did nothing, it hangs: each is undone, and what it said is there.
    let child = desk.folder().join("child");
    let hangs = format!("up() {{ sleep 1000 & echo $! >{}; wait; }}\ndown() {{ :; }}\n", child.display());
    let ways = [
        (
            "2.0",
            "up() { echo 'relation users exists' >&2; exit 1; }\ndown() { :; }\n",
            "ended with 1: relation users exists",
        ),
        ("2.1", "up() { exit 0; }\ndown() { :; }\n", "its tool says afterwards that it is pending"),
        ("2.2", &hangs, "did not end within 2 s and was ended"),
    ];
    for (version, text, expected) in ways {
        migration(&desk, "002", text);
        let answer = deploy(&desk, version, "true").await.exits(4);
        assert!(format!("{:#}", answer.json).contains(expected), "{expected}: {:#}", answer.json);
        assert_eq!(applied(&desk), "001 ");
    }
    let child = fs::read_to_string(child).unwrap();
    let runs = || fs::read_to_string(format!("/proc/{}/stat", child.trim())).is_ok_and(|stat| !stat.contains(") Z "));
    let gone = async {
        while runs() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), gone).await.expect("the tool's child ends with it");
    Ok(())
}
