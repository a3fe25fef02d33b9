//! One check per thing the diagnosis must get right, on texts of a few lines.
//! Whole logs stand with the integration tests, because they are data.

use super::{Cause, Confidence, Evidence, RuntimeName, diagnose};

fn check(log: &str, expect: Cause) {
    let found = diagnose(&Evidence { log, ..Evidence::default() });
    assert_eq!(found.cause, expect, "{log}\n{found:#?}");
}

fn check_events(events: &[&str], log: &str, expect: Cause) {
    let events: Vec<String> = events.iter().map(|&event| event.to_owned()).collect();
    let found = diagnose(&Evidence { events: &events, log, exit_code: Some(1), ..Evidence::default() });
    assert_eq!(found.cause, expect, "{found:#?}");
}

#[test]
fn localhost_in_a_container_is_the_container_itself() {
    let log = "starting\nError: connect ECONNREFUSED 127.0.0.1:5432\n    at TCPConnectWrap.afterConnect\n";
    let found = diagnose(&Evidence { log, runtime: Some(RuntimeName::Docker), ..Evidence::default() });
    assert_eq!(found.summary, "connection refused to 127.0.0.1:5432: inside a container that is the container itself");
    assert_eq!((found.evidence[0].line, found.confidence), (2, Confidence::High));
    let found = diagnose(&Evidence { log, runtime: Some(RuntimeName::Process), ..Evidence::default() });
    assert_eq!(found.cause, Cause::ConnectionRefusedLocalhost);
    assert!(!found.summary.contains("container"));
}

#[test]
fn the_address_may_stand_on_another_line() {
    check(
        "Error: ECONNREFUSED\n  code: 'ECONNREFUSED',\n  address: '10.0.0.5',\n  port: 5432\n",
        Cause::ConnectionRefusedRemote,
    );
    check(
        "could not connect to server: Connection refused\n\tIs the server running on host \"localhost\" (127.0.0.1) and accepting\n\tTCP/IP connections on port 5432?",
        Cause::ConnectionRefusedLocalhost,
    );
}

#[test]
fn a_refusal_without_any_address_is_unknown() {
    check("thread 'main' panicked at src/main.rs:4:5:\nConnection refused (os error 111)", Cause::Unknown);
}

#[test]
fn a_refusal_that_is_one_of_several_explanations_is_unknown() {
    check("Error: connection refused or name not resolved: http://10.0.0.9:8545", Cause::Unknown);
    check("Error: connection refused: http://10.0.0.9:8545", Cause::ConnectionRefusedRemote);
}

#[test]
fn a_module_named_by_a_path_is_a_file_unless_it_lies_in_a_package() {
    check("Error: Cannot find module '/srv/main.js'\n  code: 'MODULE_NOT_FOUND',\n", Cause::MissingFile);
    check("Error: Cannot find module '../settings'\nRequire stack:\n- /srv/main.js\n", Cause::MissingFile);
    check("Error: Cannot find module '/srv/node_modules/pg/lib/index.js'\n", Cause::MissingDependency);
    check("Error: Cannot find module 'pg'\n", Cause::MissingDependency);
}

#[test]
fn an_engine_that_denies_a_kill_for_memory_does_not_report_one() {
    check("\"OOMKilled\": false,\n\"ExitCode\": 137\n", Cause::Unknown);
    check("\"OOMKilled\": true,\n\"ExitCode\": 137\n", Cause::OomKilled);
    check("{\"reason\":\"OOMKilled\"}", Cause::OomKilled);
}

#[test]
fn a_supervisor_reports_a_death_in_a_quiet_voice() {
    check(
        "2024-01-02 03:04:05,6 INFO exited: web (terminated by SIGSEGV; not expected)\n",
        Cause::UnhandledExceptionInApp,
    );
    check("2024-01-02 03:04:05,6 INFO exited: web (terminated by SIGSEGV; expected)\n", Cause::Unknown);
}

#[test]
fn a_retry_that_worked_is_not_the_cause() {
    check(
        "WARN connect ECONNREFUSED 10.0.0.2:5432, retrying\nINFO connected to database\nTypeError: Cannot read properties of undefined (reading 'id')\n    at main (app.js:3:1)",
        Cause::UnhandledExceptionInApp,
    );
    check("Error: connect ECONNREFUSED 10.0.0.2:6379\nconnected to redis\nlistening on 3000\n", Cause::Unknown);
}

#[test]
fn the_deepest_cause_of_a_chain_is_the_cause() {
    check(
        "org.springframework.beans.factory.BeanCreationException: Error creating bean\n\tat a.b.C.d(C.java:1)\nCaused by: java.lang.IllegalStateException: no pool\n\tat a.b.C.d(C.java:1)\nCaused by: org.postgresql.util.PSQLException: FATAL: password authentication failed for user \"app\"\n\tat a.b.C.d(C.java:1)\n",
        Cause::AuthFailedDatabase,
    );
}

#[test]
fn a_key_error_of_a_variable_is_a_missing_variable() {
    check(
        "Traceback (most recent call last):\n  File \"a.py\", line 1, in <module>\nKeyError: 'DATABASE_URL'",
        Cause::MissingEnvVar,
    );
}

#[test]
fn an_exit_code_alone_is_unknown_and_the_flag_is_not() {
    let found = diagnose(&Evidence { exit_code: Some(137), ..Evidence::default() });
    assert_eq!(found.cause, Cause::Unknown);
    let found = diagnose(&Evidence { exit_code: Some(137), oom_killed: true, log: "working\n", ..Evidence::default() });
    assert_eq!((found.cause, found.evidence[0].line), (Cause::OomKilled, 0));
    check("npm ERR! code ELIFECYCLE\nnpm ERR! errno 1\nnpm ERR! Failed at the app@1.0.0 start script.", Cause::Unknown);
}

#[test]
fn events_name_what_never_became_a_log() {
    check_events(
        &["exec: \"srv\": executable file not found in $PATH: unknown"],
        "",
        Cause::ExecFormatOrMissingEntrypoint,
    );
    check_events(
        &["pull access denied for acme/web, repository does not exist or may require 'docker login'"],
        "",
        Cause::ImagePullAuth,
    );
    check_events(
        &["manifest for acme/web:9 not found: manifest unknown: manifest unknown"],
        "",
        Cause::ImagePullNotFound,
    );
    check_events(&["Bind for 0.0.0.0:80 failed: port is already allocated"], "", Cause::PortInUse);
    check_events(&["FailedScheduling 0/3 nodes are available: 3 Insufficient cpu."], "", Cause::QuotaOrUnschedulable);
    check_events(&["Error creating: pods \"a\" is forbidden: exceeded quota: q"], "", Cause::QuotaOrUnschedulable);
    check_events(&["Back-off restarting failed container"], "", Cause::Unknown);
}

#[test]
fn a_table_of_events_reads_as_events() {
    let probe = "  Normal   Started    21h                kubelet  Started container web\n  \
                 Warning  Unhealthy  18h (x9 over 20h)  kubelet  Startup probe failed: HTTP probe failed with statuscode: 500\n  \
                 Warning  BackOff    11h (x232 over 21h)  kubelet  Back-off restarting failed container\n";
    check(probe, Cause::ProbeFailed);
    let placed = "  Warning  FailedScheduling  9m  default-scheduler  0/1 nodes are available: 1 Insufficient cpu.\n  \
                  Normal   Scheduled         8m  default-scheduler  Successfully assigned demo/web-1 to node-a\n  \
                  Warning  BackOff           1m (x9 over 8m)  kubelet  Back-off restarting failed container\n";
    check(placed, Cause::Unknown);
}

#[test]
fn what_a_manifest_names_and_is_not_there_is_no_fault_of_the_program() {
    let log = "CreateContainerConfigError: configmap \"settings\" not found";
    let found = diagnose(&Evidence { log, ..Evidence::default() });
    assert_eq!(found.summary, "the file configmap \"settings\" is not there");
    check("CreateContainerConfigError: configmap \"settings\" not found", Cause::MissingFile);
    check("CreateContainerConfigError: secret \"stripe\" not found", Cause::MissingFile);
    check("CreateContainerConfigError: couldn't find key MODE in ConfigMap shop/settings", Cause::MissingEnvVar);
}

#[test]
fn a_failing_probe_is_the_cause_only_when_the_log_names_none_and_readiness_ends_nothing() {
    let probe =
        "Readiness probe failed: Get \"http://10.1.2.3:8080/\": dial tcp 10.1.2.3:8080: connect: connection refused";
    let (events, log) = (&[probe.to_owned()], "starting up\n");
    assert_eq!(diagnose(&Evidence { events, log, ..Evidence::default() }).cause, Cause::ProbeFailed);
    check_events(&[probe], log, Cause::Unknown);
    check_events(&["Liveness probe failed: HTTP probe failed with statuscode: 503"], log, Cause::ProbeFailed);
    check_events(
        &[probe],
        "panic: open /etc/app.yaml: no such file or directory\n\ngoroutine 1 [running]:\n",
        Cause::MissingFile,
    );
}
