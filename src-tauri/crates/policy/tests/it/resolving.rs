//! What a target comes to, and its configuration against the schema.

use crate::EXAMPLE;
use std::time::Duration;
use switchback_core::{
    health::Probe,
    strategy::{NginxHost, Router, Strategy},
    workload::{EngineAddress, Settings},
};
use switchback_policy::{Document, Fault, PolicyError, parse};

fn example() -> Document {
    parse("switchback.yaml", EXAMPLE).expect("the example is right")
}

#[test]
fn a_docker_target_resolves_with_every_default() {
    let resolved = example().target(&"checkout/production".parse().unwrap()).unwrap();
    assert!(resolved.protected && resolved.pause_after_rollback);
    assert_eq!(resolved.zone, "Europe/Berlin");
    assert_eq!(resolved.image.as_deref(), Some("127.0.0.1:5000/shop/checkout"));
    assert_eq!(resolved.replicas, 1);
    assert_eq!(resolved.secrets["STRIPE_KEY"], "stripe/production");
    assert_eq!(resolved.config["PAYMENT_SANDBOX"], "false");
    assert_eq!(resolved.config["CART_TTL"], "300s");
    let Settings::Docker(docker) = resolved.settings else { panic!("docker") };
    assert_eq!(docker.engine, EngineAddress::Context { name: "default".to_owned() });
    assert_eq!((docker.memory, docker.milli_cpus), (Some(512 << 20), Some(1000)));
    assert_eq!(docker.grace, Duration::from_secs(10));
    let Strategy::BlueGreen { router: Router::Nginx { upstream, host, .. }, .. } = resolved.strategy else {
        panic!("blue-green")
    };
    assert_eq!(upstream, "checkout-production");
    assert!(matches!(host, NginxHost::Local { test, .. } if test == ["nginx", "-t"]));
    assert_eq!(
        resolved.health.probe,
        Probe::Http { path: "/healthz".to_owned(), status: 200, body: Some("ok".to_owned()) }
    );
    assert_eq!(resolved.smoke.len(), 2);
    assert_eq!(resolved.before_deploy[0].timeout, Duration::from_mins(1));
}

#[test]
fn a_process_target_and_a_kubernetes_target_resolve() {
    let document = example();
    let demo = document.target(&"web/demo".parse().unwrap()).unwrap();
    assert!(matches!(demo.settings, Settings::Process(process) if process.port == 8090));
    assert_eq!(demo.health.within, Duration::from_secs(10));
    let staging = document.target(&"checkout/staging".parse().unwrap()).unwrap();
    let Settings::Kubernetes(cluster) = staging.settings else { panic!("kubernetes") };
    assert_eq!((cluster.context.as_deref(), cluster.reference().as_str()), (Some("staging"), "deployment/checkout"));
    assert_eq!((staging.strategy, staging.health.probe), (Strategy::Rollout, Probe::Container));
    assert_eq!(staging.health.passes, 1, "the cluster's readiness has counted its own");
    let nowhere = "checkout/demo".parse().unwrap();
    assert!(matches!(document.target(&nowhere), Err(PolicyError::UnknownTarget { .. })));
}

#[test]
fn the_sandbox_is_forbidden_in_production_and_the_reason_is_told() {
    let text = EXAMPLE.replace(
        r#"config: { PAYMENT_URL: "https://pay.example" }"#,
        r#"config: { PAYMENT_URL: "https://pay.example", PAYMENT_SANDBOX: true }"#,
    );
    let document = parse("switchback.yaml", &text).unwrap();
    let problems = document.config_problems(&"checkout/production".parse().unwrap());
    assert_eq!(problems.len(), 1);
    assert!(matches!(&problems[0].fault, Fault::Forbidden { value, .. } if value == "true"));
    assert_eq!(problems[0].why.as_deref(), Some("cards would not be charged"));
    assert_eq!(document.config_problems(&"checkout/staging".parse().unwrap()), []);
}

#[test]
fn missing_and_mistyped_configuration_is_told_by_key() {
    let text = EXAMPLE.replace(
        r#"config: { PAYMENT_URL: "https://pay.example" }"#,
        "config: { PAYMENT_SANDBOX: maybe, CART_TTL: 300 }",
    );
    let problems = parse("x", &text).unwrap().config_problems(&"checkout/production".parse().unwrap());
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems.len(), 3, "{told:?}");
    assert_eq!(told[0], "CART_TTL is \"300\", which is not a duration such as 30s");
    assert_eq!(problems[2].fault, Fault::Missing, "{told:?}");
}
