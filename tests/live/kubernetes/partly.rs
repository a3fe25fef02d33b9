//! What a login may read of a namespace is shown and taken over, and what it may not is named.

use super::{
    desk::{SERVING, Shop},
    refusals::{kubeconfig, kubectl},
    yard::Yard,
};
use switchback_tests::part::PartError;

/// Deployments and StatefulSets, what they need, and no daemon sets nor the past of StatefulSets.
const ROLE: &str = "apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: some }
rules:
- { apiGroups: [apps], resources: [deployments, statefulsets], verbs: [get, list, watch, patch, update] }
- { apiGroups: [apps], resources: [replicasets], verbs: [list, watch] }
- { apiGroups: [''], resources: [configmaps], verbs: [create, patch, delete, get, list, watch] }
- { apiGroups: [''], resources: [secrets], verbs: [create, patch, delete, get] }
- { apiGroups: [''], resources: [pods], verbs: [list, watch, delete] }
- { apiGroups: [''], resources: [pods/log], verbs: [get] }
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_with_some_rights_imports_what_it_may_read_and_is_told_the_rest() -> Result<(), PartError> {
    let yard = Yard::new().await?;
    let shop = Shop::open(&yard, "partly", "").await?;
    yard.publish("shop/checkout", "1.0", SERVING).await?;
    let image = format!("{}:0.9", yard.name("shop/checkout"));
    let set = Yard::manifest("StatefulSet", "queue", &image, "serviceName: queue");
    yard.cluster.apply("partly", &format!("{ROLE}---\n{set}")).await?;
    kubectl(&shop, &["rollout", "status", "statefulset/queue", "--timeout=90s"]).await?;
    for account in ["some", "none"] {
        kubectl(&shop, &["create", "serviceaccount", account]).await?;
    }
    kubectl(&shop, &["create", "rolebinding", "some", "--role=some", "--serviceaccount=partly:some"]).await?;
    let login = async |account: &str| {
        let token = kubectl(&shop, &["create", "token", account]).await?;
        let written = kubeconfig(&shop, account, &format!("{{ token: {} }}", token.trim()))?;
        Ok::<_, PartError>(written.replace("kubeconfig: ", ""))
    };

    let some = login("some").await?;
    let listed = shop.desk.run(["import", "--namespace", "partly", "--kubeconfig", &some]).await?.exits(0);
    let names: Vec<_> = listed.json.as_array().into_iter().flatten().map(|one| &one["workload"]).collect();
    assert_eq!(names, ["deployment/checkout", "statefulset/queue"], "{:#}", listed.json);
    assert!(listed.stderr.contains("may not list daemonsets in partly"), "{}", listed.stderr);
    assert!(!listed.stderr.contains("statefulsets"), "{}", listed.stderr);

    let import = ["import", "statefulset/queue", "queue/production", "--namespace", "partly", "--kubeconfig", &some];
    let taken = shop.desk.run(import).await?.exits(0);
    assert_eq!(taken.json["revisions"].as_array().map(Vec::len), Some(1), "{:#}", taken.json);
    assert!(
        taken.stderr.contains("may not be read") && taken.stderr.contains("controllerrevisions"),
        "{}",
        taken.stderr
    );

    let none = login("none").await?;
    let refused = shop.desk.run(["import", "--namespace", "partly", "--kubeconfig", &none]).await?.exits(6);
    assert_eq!(refused.error()["code"], "forbidden", "{}", refused.stderr);
    Ok(())
}
