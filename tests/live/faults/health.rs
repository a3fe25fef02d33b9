//! A health address that fails, hangs, redirects or lies.

use super::{GOOD, history, serving, state, was_undone};
use switchback_tests::{engine::EngineKind, part::PartError};

const HEALTH: &str = "health: { http: /cgi-bin/health, expect: { status: 200, body: checkout }, within: 4s, every: \
                      200ms, timeout: 500ms, passes: 2 }";

/// How it answers, and what a person is told of it.
const WAYS: [(&str, &str, &[&str]); 5] = [
    (
        "2.1",
        "printf 'HTTP/1.0 503 Service Unavailable\\r\\n\\r\\ncheckout'",
        &["503 Service Unavailable", "wanted 200"],
    ),
    ("2.2", "sleep 60", &["no answer in 500 ms"]),
    (
        "2.3",
        "printf 'HTTP/1.0 302 Found\\r\\nLocation: http://sso.example/in?ticket=s3cr3t\\r\\n\\r\\n'",
        &["302 Found", "to http://sso.example/in?..., wanted 200; redirects are not followed"],
    ),
    (
        "2.4",
        "printf 'HTTP/1.0 200 OK\\r\\n\\r\\n<title>Please log in</title>'",
        &["the body does not hold \"checkout\"", "Please log in"],
    ),
    // Begins well and never ends.
    ("2.5", "printf 'HTTP/1.0 200 OK\\r\\n\\r\\nchecko'; sleep 60", &["no answer in 500 ms"]),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_only_looks_healthy_is_undone_with_what_was_seen() -> Result<(), PartError> {
    let (shop, port) = serving(EngineKind::Current).await?;
    for (version, script, _) in WAYS {
        let script = format!("#!/bin/sh\n{script}\n");
        let page = |image: switchback_tests::image::Image| image.file("www/index.html", "checkout");
        shop.publish(version, GOOD, |image| page(image).file("www/cgi-bin/health", script)).await?;
    }
    let well = "#!/bin/sh\nprintf 'HTTP/1.0 200 OK\\r\\n\\r\\ncheckout is well'\n";
    shop.publish("2.0", GOOD, |image| image.file("www/cgi-bin/health", well)).await?;
    let rest = "";
    let _ = shop.desk.apply(&shop.policy(port, &["strategy: recreate", HEALTH], rest)).await?.exits(0);
    let _ = shop.deploy("2.0").await?.exits(0);
    let before = state(&shop).await?;
    for (at, (version, _, words)) in WAYS.into_iter().enumerate() {
        let answer = shop.desk.run(["deploy", "checkout", "production", version, "--override=to see"]).await?.exits(4);
        println!("{version}: {}", answer.text("/state/cause"));
        let past = history(&shop).await?;
        was_undone(&answer, &past[0], words);
        assert_eq!(past.len(), 3 + at);
        let probes = answer.json["probes"].as_array().cloned().unwrap_or_default();
        assert!(!answer.json.to_string().contains("s3cr3t"), "{:#}", answer.json);
        assert!(!probes.is_empty() && probes.iter().all(|probe| probe["verdict"] != "pass"), "{probes:?}");
        let after = state(&shop).await?;
        assert_eq!((&after.running, &after.current), (&before.running, &before.current), "{version}");
        assert!(after.quarantined.to_string().contains(version), "a release that lies must not ship again");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_never_was_healthy_is_not_waited_for_and_what_was_gets_its_grace() -> Result<(), PartError> {
    let (shop, port) = serving(EngineKind::Current).await?;
    // It runs on when it is told to stop.
    let stubborn = "trap '' TERM; httpd -f -p 8080 -h /www & while :; do sleep 1; done";
    for (version, page) in [("2.0", "another shop"), ("2.1", "checkout 2.1")] {
        shop.publish(version, stubborn, |image| image.file("www/index.html", page)).await?;
    }
    let gate = "health: { http: /, expect: { status: 200, body: checkout }, within: 2s, every: 200ms, passes: 2 }";
    let policy = |smoke: &str| {
        let lines = ["strategy: recreate", gate, smoke];
        shop.policy(port, &lines, "").replace("    grace: 2s\n", "    grace: 8s\n")
    };
    // From the turn to the old one's coming back, as the history has it.
    let took = |answer: &switchback_tests::cli::Answer| answer.json["state"]["tookMs"].as_u64().unwrap_or_default();

    let _ = shop.desk.apply(&policy("smoke: []")).await?.exits(0);
    let answer = shop.deploy("2.0").await?.exits(4);
    was_undone(&answer, &history(&shop).await?[0], &["not healthy within 2 s"]);
    assert!((1..6000).contains(&took(&answer)), "it was given a grace: {:#}", answer.json["state"]);

    let _ = shop.desk.apply(&policy("smoke: [{ run: [\"false\"] }]")).await?.exits(0);
    let answer = shop.desk.run(["deploy", "checkout", "production", "2.1", "--override=to see"]).await?.exits(4);
    assert_eq!(answer.text("/state/code"), "smoke_failed", "{:#}", answer.json["state"]);
    assert!(took(&answer) >= 8000, "it served, and was cut short: {:#}", answer.json["state"]);
    Ok(())
}
