//! A login that ends while a deployment runs: renewed where there is another, told with its way out where there is none.

use super::{
    desk::{SERVING, Shop},
    refusals::{kubeconfig, kubectl, until},
    yard::Yard,
};
use serde_json::json;
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    time::{Duration, Instant},
};
use switchback_tests::part::PartError;

const REPOSITORY: &str = "shop/checkout";
/// Only against a hang.
const HUNG: Duration = Duration::from_mins(1);

/// A login plugin that hands out the token that lies in its folder, and notes that it was asked.
struct Plugin {
    folder: PathBuf,
}

impl Plugin {
    fn new(shop: &Shop<'_>) -> Result<Self, PartError> {
        let folder = shop.desk.folder().join("login");
        fs::create_dir(&folder).map_err(PartError::io("make a folder"))?;
        let plugin = Self { folder };
        let (at, program) = (plugin.folder.display(), plugin.program());
        fs::write(&program, format!("#!/bin/sh\necho asked >> {at}/asked\ncat {at}/credential\n"))
            .and_then(|()| fs::set_permissions(&program, fs::Permissions::from_mode(0o755)))
            .map_err(PartError::io("write a plugin"))?;
        Ok(plugin)
    }

    fn program(&self) -> PathBuf {
        self.folder.join("plugin")
    }

    fn hands_out(&self, token: &str) -> Result<(), PartError> {
        let credential = json!({
            "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": { "token": token },
        });
        fs::write(self.folder.join("credential"), credential.to_string()).map_err(PartError::io("write a login"))
    }

    fn asked(&self) -> usize {
        fs::read_to_string(self.folder.join("asked")).unwrap_or_default().lines().count()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_that_ends_in_the_middle_is_renewed_and_what_cannot_be_renewed_is_told() -> Result<(), PartError> {
    let yard = Yard::new().await?;
    let shop = Shop::open(&yard, "expired", "").await?;
    for (version, script) in [("1.0", SERVING), ("1.1", "sleep 3600"), ("1.2", "sleep 3600")] {
        yard.publish(REPOSITORY, version, script).await?;
    }
    kubectl(&shop, &["create", "rolebinding", "release", "--clusterrole=admin", "--serviceaccount=expired:release"])
        .await?;
    let plugin = Plugin::new(&shop)?;
    let login = async || -> Result<String, PartError> {
        kubectl(&shop, &["create", "serviceaccount", "release"]).await?;
        let token = kubectl(&shop, &["create", "token", "release"]).await?.trim().to_owned();
        plugin.hands_out(&token)?;
        Ok(token)
    };
    let ends = async || kubectl(&shop, &["delete", "serviceaccount", "release"]).await;
    let token = login().await?;
    let user = format!(
        "{{ exec: {{ apiVersion: client.authentication.k8s.io/v1, command: {}, interactiveMode: Never }} }}",
        plugin.program().display()
    );
    let _ = shop.policy(&kubeconfig(&shop, "release", &user)?, "").await?.exits(0);
    let _ = shop.deploy("1.0").await?.exits(0);
    let pods = shop.pod_names().await?;

    // In the middle of a release that never gets ready; there is another login by then, and all goes on with that.
    let underway = async || {
        kubectl(&shop, &["wait", "--for=jsonpath={.status.unavailableReplicas}=1", "deployment/checkout"]).await
    };
    let ending = async {
        underway().await?;
        let asked = plugin.asked();
        ends().await?;
        let next = login().await?;
        until(&shop, &["auth", "whoami", "--token", &token], false).await;
        let began = Instant::now();
        while plugin.asked() == asked {
            assert!(began.elapsed() < HUNG, "the plugin is never asked again");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let giving_up = ["release-lock", "checkout/production", "--reason", "seen enough"];
        let _ = shop.desk.run(giving_up).await?.exits(0);
        Ok::<String, PartError>(next)
    };
    let (answer, token) = tokio::join!(shop.deploy("1.1"), ending);
    let undone = answer?.exits(4);
    assert_eq!(undone.text("/state/code"), "aborted", "{:#}", undone.json);
    assert_eq!(shop.pod_names().await?, pods);

    // And where there is none.
    let token = token?;
    let ending = async {
        underway().await?;
        ends().await?;
        until(&shop, &["auth", "whoami", "--token", &token], false).await;
        Ok::<(), PartError>(())
    };
    let (answer, ended) = tokio::join!(shop.deploy("1.2"), ending);
    ended?;
    let stuck = answer?.exits(5);
    let left = stuck.json["leftOpen"].to_string();
    assert!(left.contains("does not accept the login") && left.contains("switchback resume"), "{left}");

    let status = shop.desk.run(["status"]).await?.exits(0);
    assert_eq!(status.text("/rows/0/cells/0/error/code"), "no_access", "{:#}", status.json);
    let drift = shop.desk.run(["drift"]).await?.exits(6);
    assert_eq!(drift.text("/0/error/code"), "no_access", "{:#}", drift.json);
    login().await?;
    let resumed = shop.desk.run(["resume"]).await?;
    assert!([0, 4].contains(&resumed.code), "{}", resumed.stderr);
    kubectl(&shop, &["rollout", "status", "deployment/checkout", "--timeout=60s"]).await?;
    assert_eq!((shop.pod_names().await?, shop.answers("/").await?), (pods, vec!["1.0".to_owned()]));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_plugin_that_says_nothing_is_told_and_hides_no_other_target() -> Result<(), PartError> {
    let yard = Yard::new().await?;
    let shop = Shop::open(&yard, "speechless", "").await?;
    yard.publish(REPOSITORY, "1.0", SERVING).await?;
    let plugin = Plugin::new(&shop)?;
    let (program, asked) = (plugin.program(), plugin.folder.join("asked"));
    fs::write(&program, format!("#!/bin/sh\necho asked >> {}\nexec sleep 60\n", asked.display()))
        .map_err(PartError::io("write a plugin"))?;
    let user = format!(
        "{{ exec: {{ apiVersion: client.authentication.k8s.io/v1, command: {}, interactiveMode: Never }} }}",
        program.display()
    );
    let _ = shop.policy(&kubeconfig(&shop, "speechless", &user)?, "").await?.exits(0);

    let refused = shop.deploy("1.0").await?.exits(6);
    assert!(
        refused.stderr.contains("gave no answer within 15 s") && refused.stderr.contains("kubectl"),
        "{}",
        refused.stderr
    );
    assert_eq!(plugin.asked(), 1, "it is asked once, however many questions wait for it");
    let status = shop.desk.run(["status"]).await?.exits(0);
    assert_eq!(status.text("/rows/0/cells/0/error/code"), "no_access", "{:#}", status.json);
    Ok(())
}
