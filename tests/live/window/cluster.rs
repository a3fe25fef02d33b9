//! A cluster from the window: a workload of it is added with its history, its pods are seen while it is deployed, what
//! somebody changes by hand stands on the board, and what runs in one environment is promoted to the next.

use super::{axe, page::Window, shown};
use crate::kubernetes::yard::{SERVING, Yard};
use fantoccini::key::Key;
use serde_json::{Value, json};
use switchback_tests::{
    cli::Desk,
    desktop::{Desktop, Done},
};

/// The cluster's kubeconfig with a second context, whose login plugin nobody has.
fn kubeconfig(yard: &Yard, desk: &Desk) -> Done<String> {
    let text = std::fs::read_to_string(yard.cluster.kubeconfig())?;
    let text = text
        .replace(
            "contexts:\n",
            "contexts:\n- name: elsewhere\n  context: { cluster: test, user: plugin, namespace: default }\n",
        )
        .replace("context: { cluster: test, user: admin }", "context: { cluster: test, user: admin, namespace: live }");
    let plugin = "- name: plugin\n  user: { exec: { apiVersion: client.authentication.k8s.io/v1, command: no-such-login, \
                  interactiveMode: Never, installHint: ask the platform team } }\n";
    let file = desk.folder().join("team.kubeconfig");
    std::fs::write(&file, text + plugin)?;
    Ok(file.display().to_string())
}

/// A workload of a cluster becomes a target with its history, looked at first.
async fn added_from_the_cluster(window: &Window, desktop: &Desktop, file: &str) -> Done {
    window.click("add-cluster").await?;
    window.find("add-to-own").await?;
    window.write("kubeconfig", file).await?;
    window.press(Key::Tab).await?;
    window.reads("way-in", "admin").await?;
    window.see("[data-testid='namespace-select'] option[value='staging']").await?;
    // A context whose plugin is missing says so, with its makers' words, and the others stay.
    window.see("[data-testid='context-select'] option[value='elsewhere']").await?.click().await?;
    window.reads("way-in", "no-such-login").await?;
    window.reads("way-in", "ask the platform team").await?;
    window.see("[data-testid='error'][data-code='no_access']").await?;
    window.see("[data-testid='context-select'] option[value='test']").await?.click().await?;
    window.see("[data-testid='workload-select'] option[value='deployment/checkout']").await?;
    window.write("as-environment", "production").await?;
    // By its name it would be protected; here it is not to be, and that is said.
    window.see("[data-testid='protect']:checked").await?;
    window.click("protect").await?;
    // By keys alone from here on.
    window.tab_to("look-button").await?;
    window.press(' ').await?;
    window.reads("coming-2", "1.0").await?;
    window.reads("coming-1", "0.9").await?;
    window.reads("unprotected", "production will not be protected").await?;
    axe::finds_nothing(window).await?;
    desktop.picture("add-cluster").await?;
    window.tab_to("reason").await?;
    window.types("it has run here for years").await?;
    window.tab_to("import-button").await?;
    window.press(' ').await?;
    window.find("revision-row-2").await?;
    window.find("revision-row-1").await?;
    Ok(())
}

/// Both places are compared before anything is promoted: the same image, and a variable that one of them alone has.
async fn compared_first(window: &Window, digest: &str) -> Done {
    window.reads("comparison", "where 1.1 runs").await?;
    window.reads("comparison-artifact", &digest[7..19]).await?;
    window.reads("comparison-GREETING", "hello").await?;
    window.reads("comparison-GREETING", "absent").await?;
    Ok(())
}

/// Who changed what stands there, and one of the two ways out of it is taken, by keys.
async fn reverted_by_keys(window: &Window, desktop: &Desktop) -> Done {
    window.press(Key::Right).await?;
    window.press('f').await?;
    window.reads("drift-dialog", "kubectl-set").await?;
    window.reads("drift-dialog", "0".repeat(12).as_str()).await?;
    axe::finds_nothing(window).await?;
    desktop.picture("drift").await?;
    window.tab_to("drift-revert").await?;
    window.press(' ').await?;
    window.find("drift-go").await?;
    axe::finds_nothing(window).await?;
    window.tab_to("reason").await?;
    window.types("nobody knows that image").await?;
    window.tab_to("drift-go").await?;
    window.press(' ').await?;
    window.see("[data-testid='deployment-state'][data-state='succeeded']").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workload_is_added_from_its_cluster_watched_and_promoted() -> Done {
    let yard = Yard::new().await?;
    for tag in ["0.9", "1.0", "1.1"] {
        yard.publish("shop/checkout", tag, SERVING).await?;
    }
    let image = |tag: &str| format!("{}:{tag}", yard.name("shop/checkout"));
    for (namespace, tag) in [("staging", "1.1"), ("live", "0.9")] {
        yard.namespace(namespace).await?;
        yard.deployment(namespace, "checkout", &image(tag), "").await?;
    }
    yard.cluster.kubectl(&["set", "image", "deployment/checkout", &format!("app={}", image("1.0")), "-nlive"]).await?;
    yard.cluster.kubectl(&["rollout", "status", "deployment/checkout", "-nlive", "--timeout=90s"]).await?;
    yard.cluster.kubectl(&["set", "env", "deployment/checkout", "GREETING=hello", "-nstaging"]).await?;
    yard.cluster.kubectl(&["rollout", "status", "deployment/checkout", "-nstaging", "--timeout=90s"]).await?;
    let desk = Desk::new().await?;
    let file = kubeconfig(&yard, &desk)?;
    // The home is empty, so the demo stands in its place, which somebody has emptied as well.
    let demo = desk.home().join("demo-home");
    std::fs::create_dir_all(&demo)?;
    std::fs::write(demo.join("demo"), "This home shows the living demo.\nIt is filled.\n")?;
    let desktop = Desktop::of(&desk)?;
    shown(&desktop, async |window| {
        added_from_the_cluster(window, &desktop, &file).await?;

        // It came to the person's own home, which is what the window shows now. The other environment comes by the
        // command, and runs what is newer.
        let import = ["import", "deployment/checkout", "checkout/staging", "--namespace", "staging", "--kubeconfig"];
        let _ = desk.run([&import[..], &[file.as_str()]].concat()).await?.exits(0);
        // What runs on staging goes on to it, as the same digest.
        window.click("rail-board").await?;
        window.see("[data-testid='promotion-checkout-production'][data-state='ready']").await?;
        window.click("promote-checkout-production").await?;
        window.reads("plan-dialog", "1.1").await?;
        let digest = running(&yard, "staging").await?;
        window.reads("plan-dialog", &digest[7..19]).await?;
        compared_first(window, &digest).await?;
        axe::finds_nothing(window).await?;
        desktop.picture("promotion").await?;
        window.write("reason", "it is well on staging").await?;
        window.click("start-button").await?;
        window.find("pods").await?;
        window.see("[data-testid='pod-row']").await?;
        window.see("[data-testid='deployment-state'][data-state='succeeded']").await?;
        window.reads("pods", "r3").await?;
        axe::finds_nothing(window).await?;
        desktop.picture("pods").await?;
        assert_eq!(running(&yard, "live").await?, digest, "the same digest");
        let differ = desk.run(["diff", "checkout", "production", "--with", "staging"]).await?.exits(0);
        let greeting = json!([{ "key": "GREETING", "before": "hello", "after": null }]);
        assert_eq!(
            (&differ.json["config"], &differ.json["sameArtifact"]),
            (&greeting, &json!(true)),
            "{:#}",
            differ.json
        );

        // A release that no node can fetch: the pod and the cluster's own words are seen while it is undone.
        let foreign = format!("{}@sha256:{}", yard.name("shop/checkout"), "0".repeat(64));
        let by_hand = format!("app={foreign}");
        yard.cluster.kubectl(&["set", "image", "deployment/checkout", &by_hand, "-nlive"]).await?;
        window.reads("pod-warnings", "Failed").await?;
        window.reads("pods", "ImagePull").await?;
        window.click("rail-board").await?;
        window.reads("cell-checkout-production", "Drift").await?;
        let told =
            "return document.querySelector('[data-testid=cell-checkout-production] [title*=kubectl-set]') !== null";
        window.until(told, Vec::new(), |told| *told == Value::Bool(true)).await?;
        axe::finds_nothing(window).await?;
        desktop.picture("drift-on-the-board").await?;
        reverted_by_keys(window, &desktop).await?;
        let wanted = yard.cluster.get("live", "deployments").await?;
        let image = wanted.pointer("/items/0/spec/template/spec/containers/0/image").and_then(Value::as_str);
        assert!(image.is_some_and(|image| image.ends_with(&digest)), "{image:?}");
        // What is older than what runs there is said to go backwards.
        let _ = desk.run(["deploy", "checkout", "staging", "1.0"]).await?.exits(0);
        window.click("rail-board").await?;
        window.see("[data-testid='promotion-checkout-production'][data-state='ready']").await?;
        window.click("promote-checkout-production").await?;
        window.reads("goes-back", "1.0 is older than 1.1").await?;
        axe::finds_nothing(window).await?;
        window.press(Key::Escape).await?;

        window.click("rail-settings").await?;
        window.click("theme-dark").await?;
        window.click("language-zh").await?;
        window.click("rail-board").await?;
        window.click("add-cluster").await?;
        window.write("kubeconfig", &file).await?;
        window.press(Key::Tab).await?;
        window.reads("way-in", "admin").await?;
        window.see("[data-testid='workload-select'] option[value='deployment/checkout']").await?;
        axe::finds_nothing(window).await?;
        desktop.picture("add-cluster.zh.dark").await
    })
    .await
}

/// The digest that a namespace's pods run; those that go away are not asked.
async fn running(yard: &Yard, namespace: &str) -> Done<String> {
    let pods = yard.cluster.get(namespace, "pods").await?;
    let mut stay =
        pods["items"].as_array().into_iter().flatten().filter(|pod| pod["metadata"]["deletionTimestamp"].is_null());
    let id = stay.next().and_then(|pod| pod.pointer("/status/containerStatuses/0/imageID")).and_then(Value::as_str);
    let id = id.unwrap_or_default();
    Ok(id.rsplit_once('@').map(|(_, digest)| digest.to_owned()).ok_or_else(|| format!("{id} names no digest"))?)
}
