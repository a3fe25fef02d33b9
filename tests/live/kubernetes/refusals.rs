//! What keeps a deployment from beginning, or from coming through, that is nobody's release's fault: told with its way
//! out, and nothing changed.

use super::{
    desk::{SERVING, Shop},
    yard::Yard,
};
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    time::{Duration, Instant},
};
use switchback_tests::{cli::Answer, part::PartError};

const REPOSITORY: &str = "shop/checkout";
/// Only against a hang.
const HUNG: Duration = Duration::from_mins(1);
/// Kind, manifest, and what it is told by.
const RULES: [(&str, &str, &str); 2] = [
    (
        "validatingadmissionpolicies,validatingadmissionpolicybindings",
        "apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: { name: rules.example.com }
spec:
  matchConstraints:
    resourceRules: [{ apiGroups: [apps], apiVersions: [v1], operations: [UPDATE], resources: [deployments] }]
  validations: [{ expression: 'false', message: no releases on Fridays }]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: { name: rules.example.com }
spec: { policyName: rules.example.com, validationActions: [Deny] }
",
        "no releases on Fridays",
    ),
    (
        "validatingwebhookconfigurations",
        "apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: { name: rules.example.com }
webhooks:
- name: rules.example.com
  clientConfig: { url: 'https://127.0.0.1:9/' }
  rules: [{ apiGroups: [apps], apiVersions: [v1], operations: [UPDATE], resources: [deployments] }]
  sideEffects: None
  admissionReviewVersions: [v1]
",
        "failed calling webhook",
    ),
];

/// It is refused by this code and exit code, says all of `words`, and names a way out.
fn refused(answer: &Answer, code: &str, exit: i32, words: &[&str]) {
    let error = answer.error();
    assert_eq!((answer.code, error["code"].as_str()), (exit, Some(code)), "{}", answer.stderr);
    let told = error.to_string();
    assert!(words.iter().all(|word| told.contains(word)), "{words:?} in {error:#}");
    assert!(!told.contains("\\n"), "more than a line: {error:#}");
    assert!(error["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "no way out: {error:#}");
}

pub async fn kubectl(shop: &Shop<'_>, words: &[&str]) -> Result<String, PartError> {
    shop.yard.cluster.kubectl(&[words, &["--namespace", &shop.namespace]].concat()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workload_that_is_not_free_is_left_alone_until_somebody_says_so() -> Result<(), PartError> {
    let yard = Yard::new().await?;
    let mut shop = Shop::open(&yard, "held", "").await?;
    yard.publish(REPOSITORY, "1.0", SERVING).await?;
    let before = shop.pod_names().await?;

    kubectl(&shop, &["rollout", "pause", "deployment/checkout"]).await?;
    refused(&shop.deploy("1.0").await?, "workload_held", 3, &["paused", "rollout resume"]);
    kubectl(&shop, &["rollout", "resume", "deployment/checkout"]).await?;

    let owners = [
        ("Helm", "annotate", "meta.helm.sh/release-name"),
        ("Argo CD", "annotate", "argocd.argoproj.io/tracking-id"),
        ("Argo CD", "label", "argocd.argoproj.io/instance"),
        ("Flux", "label", "kustomize.toolkit.fluxcd.io/name"),
    ];
    for (owner, verb, key) in owners {
        kubectl(&shop, &[verb, "deployment/checkout", &format!("{key}=shop")]).await?;
        refused(&shop.deploy("1.0").await?, "workload_held", 3, &[owner, "take-over"]);
        kubectl(&shop, &[verb, "deployment/checkout", &format!("{key}-")]).await?;
    }

    for other in ["cronjob/nightly", "job/once", "certificate/shop"] {
        let told = shop.policy(&format!("workload: {other}"), "").await?.exits(2);
        let told = told.error().to_string();
        assert!(told.contains("deployment, statefulset or daemonset by name"), "{told}");
    }
    let namespace = std::mem::replace(&mut shop.namespace, "nowhere".to_owned());
    let _ = shop.policy("", "").await?.exits(0);
    refused(&shop.deploy("1.0").await?, "workload_missing", 7, &["deployment/checkout", "nowhere"]);
    shop.namespace = namespace;

    let _ = shop.policy("workload: deployment/nothing", "").await?.exits(0);
    refused(&shop.deploy("1.0").await?, "workload_missing", 7, &["deployment/nothing", "held"]);
    let _ = shop.policy("container: sidecar", "").await?.exits(0);
    refused(&shop.deploy("1.0").await?, "workload_missing", 7, &["sidecar", "app"]);
    assert_eq!(shop.pod_names().await?, before, "nothing was changed");

    // A variable that the team's own manifest sets wins over ours: it is taken over only on request.
    kubectl(&shop, &["set", "env", "deployment/checkout", "MODE=slow"]).await?;
    kubectl(&shop, &["rollout", "status", "deployment/checkout"]).await?;
    let _ = shop.policy("", "config: { MODE: fast }").await?.exits(0);
    refused(&shop.deploy("1.0").await?, "workload_held", 3, &["MODE", "take-over"]);
    let _ = shop.policy("take-over: true", "config: { MODE: fast }").await?.exits(0);
    let _ = shop.deploy("1.0").await?.exits(0);
    let env = shop.answers("/env").await?.remove(0);
    assert!(env.contains("MODE=fast"), "{env}");
    Ok(())
}

/// A kubeconfig for the yard's cluster with another user's part.
pub fn kubeconfig(shop: &Shop<'_>, name: &str, user: &str) -> Result<String, PartError> {
    let whole = fs::read_to_string(shop.yard.cluster.kubeconfig()).map_err(PartError::io("read a kubeconfig"))?;
    let begin = whole.split("users:").next().unwrap_or_default();
    let text = format!("{begin}users:\n- name: admin\n  user: {user}\n");
    let file = shop.desk.folder().join(name);
    fs::write(&file, text).map_err(PartError::io("write a kubeconfig"))?;
    Ok(format!("kubeconfig: {}", file.display()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_way_in_that_does_not_work_says_which_and_how_to_mend_it() -> Result<(), PartError> {
    let yard = Yard::new().await?;
    let mut shop = Shop::open(&yard, "ways", "").await?;
    yard.publish(REPOSITORY, "1.0", SERVING).await?;
    let broken = shop.desk.folder().join("broken");
    fs::write(&broken, "clusters: [").map_err(PartError::io("write a kubeconfig"))?;
    let plugin = "{ exec: { apiVersion: client.authentication.k8s.io/v1, command: cloud-login, installHint: get it from \
                  your cloud, interactiveMode: Never } }";
    let failing = shop.desk.folder().join("failing-login");
    fs::write(&failing, "#!/bin/sh\necho your session ended >&2\necho run cloud-login again >&2\nexit 3\n")
        .and_then(|()| fs::set_permissions(&failing, fs::Permissions::from_mode(0o755)))
        .map_err(PartError::io("write a plugin"))?;
    let fails = plugin.replace("cloud-login", &failing.display().to_string());
    let nowhere = fs::read_to_string(yard.cluster.kubeconfig()).unwrap().replace("127.0.0.1:", "127.0.0.9:");
    let away = shop.desk.folder().join("away");
    fs::write(&away, nowhere).map_err(PartError::io("write a kubeconfig"))?;
    let cases = [
        (format!("kubeconfig: {}", broken.display()), "no_access", vec!["/broken:1:", "`kubeconfig:`"]),
        (format!("kubeconfig: {}/none", shop.desk.folder().display()), "no_access", vec!["none", "No such file"]),
        (
            "context: elsewhere, kubeconfig: ".to_owned() + &yard.cluster.kubeconfig().display().to_string(),
            "no_access",
            vec!["no context elsewhere", "its contexts are test", "`context:`"],
        ),
        (
            kubeconfig(&shop, "plugin", plugin)?,
            "no_access",
            vec!["cloud-login", "get it from your cloud", "in a terminal"],
        ),
        (
            kubeconfig(&shop, "fails", &fails)?,
            "no_access",
            vec!["exit status: 3", "your session ended / run cloud-login again"],
        ),
        (kubeconfig(&shop, "expired", "{ token: of-yesterday }")?, "no_access", vec!["login"]),
        (format!("kubeconfig: {}", away.display()), "target_unreachable", vec!["127.0.0.9"]),
    ];
    for (cluster, code, words) in cases {
        let _ = shop.policy(&cluster, "").await?.exits(0);
        refused(&shop.deploy("1.0").await?, code, 6, &words);
    }
    assert!(shop.pods().await?.len() == 1, "nothing was changed");
    let _ = shop.policy("", "").await?.exits(0);
    refused(&shop.desk.run(["import"]).await?, "bad_input", 2, &["workloads of a cluster", "--namespace ways"]);

    // The plugin is where the person's login shell finds it, and nowhere else.
    let (home, tools) = (shop.desk.folder().join("person"), shop.desk.folder().join("tools"));
    for folder in [&home, &tools] {
        fs::create_dir(folder).map_err(PartError::io("make a folder"))?;
    }
    let answer =
        r#"{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"admin-token"}}"#;
    let login = tools.join("cloud-login");
    fs::write(&login, format!("#!/bin/sh\necho '{answer}'\n")).map_err(PartError::io("write a plugin"))?;
    fs::set_permissions(&login, fs::Permissions::from_mode(0o755)).map_err(PartError::io("write a plugin"))?;
    let profile = format!("echo welcome\nPATH=$PATH:{}\n", tools.display());
    fs::write(home.join(".profile"), profile).map_err(PartError::io("write a profile"))?;
    let cluster = kubeconfig(&shop, "plugin", plugin)?;
    let _ = shop.policy(&cluster, "").await?.exits(0);
    shop.desk.set("HOME", home);
    shop.desk.set("SHELL", "/bin/sh");
    let _ = shop.deploy("1.0").await?.exits(0);
    Ok(())
}

/// Waits until the API server takes something, or refuses it: it hears of its own changes a little later.
pub async fn until(shop: &Shop<'_>, words: &[&str], taken: bool) {
    let began = Instant::now();
    while kubectl(shop, words).await.is_ok() != taken {
        assert!(began.elapsed() < HUNG, "{words:?} is never taken or refused: {taken}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// All that a release needs in one namespace; `secrets`: `, secrets`, or nothing.
fn role(secrets: &str) -> String {
    format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{ name: release }}\nrules:\n- apiGroups: \
         [apps]\n  resources: [deployments, replicasets]\n  verbs: [get, list, watch, patch, update]\n- apiGroups: \
         ['']\n  resources: [configmaps{secrets}]\n  verbs: [get, list, watch, create, patch, delete]\n- apiGroups: \
         ['']\n  resources: [pods, pods/log, events]\n  verbs: [get, list, watch]\n"
    )
}

/// A login that may do no more than that, as a policy names it.
pub async fn confined(shop: &Shop<'_>, secrets: &str) -> Result<String, PartError> {
    let namespace = &shop.namespace;
    shop.yard.cluster.apply(namespace, &role(secrets)).await?;
    kubectl(shop, &["create", "serviceaccount", "release"]).await?;
    let account = format!("--serviceaccount={namespace}:release");
    kubectl(shop, &["create", "rolebinding", "release", "--role=release", &account]).await?;
    let token = kubectl(shop, &["create", "token", "release"]).await?;
    kubeconfig(shop, "namespaced", &format!("{{ token: {} }}", token.trim()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rights_in_one_namespace_are_enough_and_what_lacks_is_listed() -> Result<(), PartError> {
    let yard = Yard::new().await?;
    let shop = Shop::open(&yard, "rights", "").await?;
    yard.publish(REPOSITORY, "1.0", SERVING).await?;
    let cluster = confined(&shop, "").await?;
    let _ = shop.policy(&cluster, "").await?.exits(0);
    refused(&shop.deploy("1.0").await?, "forbidden", 6, &["create secrets", "delete secrets"]);
    yard.cluster.apply("rights", &role(", secrets")).await?;
    let _ = shop.deploy("1.0").await?.exits(0);
    assert_eq!(shop.answers("/").await?, ["1.0"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_room_and_rules_of_the_cluster_are_found_at_once_and_speak_against_no_release() -> Result<(), PartError> {
    let yard = Yard::alone().await?;
    let shop = Shop::open(&yard, "room", "").await?;
    for version in ["1.0", "1.1"] {
        yard.publish(REPOSITORY, version, SERVING).await?;
    }
    let _ = shop.deploy("1.0").await?.exits(0);
    let pods = shop.pod_names().await?;
    let fails = async |exit: i32, code: &str, words: &str| -> Result<Answer, PartError> {
        let failed = shop.deploy("1.1").await?.exits(exit);
        assert_eq!(failed.text("/state/code"), code, "{:#}", failed.json);
        assert!(failed.json.to_string().contains(words), "{words} in {:#}", failed.json);
        assert_eq!(shop.pod_names().await?, pods, "{code}");
        Ok(failed)
    };
    kubectl(&shop, &["create", "quota", "small", "--hard=pods=1"]).await?;
    let _ = fails(4, "unplaceable", "quota_or_unschedulable").await?;
    kubectl(&shop, &["delete", "quota", "small"]).await?;

    let enforce = "pod-security.kubernetes.io/enforce";
    yard.cluster.kubectl(&["label", "namespace", "room", &format!("{enforce}=restricted")]).await?;
    let _ = fails(4, "admission_refused", "PodSecurity restricted:latest").await?;
    yard.cluster.kubectl(&["label", "namespace", "room", &format!("{enforce}-")]).await?;

    // Rules about the workload itself, one that says no and one that nobody answers for: then nothing was changed at all.
    let update = ["annotate", "deployment/checkout", "asked=again", "--dry-run=server"];
    for (kind, rule, words) in RULES {
        yard.cluster.apply("room", rule).await?;
        until(&shop, &update, false).await;
        let told = fails(1, "admission_refused", words).await?;
        assert_eq!(told.text("/diagnosis/cause"), "admission_refused", "{:#}", told.json);
        assert!(told.text("/diagnosis/summary").contains("rules.example.com"), "{:#}", told.json);
        assert!(told.text("/diagnosis/evidence/0/text").contains(words), "{:#}", told.json);
        yard.cluster.kubectl(&["delete", kind, "rules.example.com"]).await?;
        until(&shop, &update, true).await;
    }

    yard.cluster.kubectl(&["cordon", "localhost"]).await?;
    let _ = fails(4, "unplaceable", "quota_or_unschedulable").await?;
    yard.cluster.kubectl(&["uncordon", "localhost"]).await?;

    // A pod on its way out counts in the quota until it is gone: room for just one more is enough.
    kubectl(&shop, &["scale", "deployment/checkout", "--replicas=2"]).await?;
    kubectl(&shop, &["rollout", "status", "deployment/checkout"]).await?;
    kubectl(&shop, &["create", "quota", "tight", "--hard=pods=3"]).await?;
    kubectl(&shop, &["wait", "--for=jsonpath={.status.used.pods}=2", "quota/tight"]).await?;
    let _ = shop.deploy("1.1").await?.exits(0);
    assert_eq!(shop.answers("/").await?, ["1.1", "1.1"], "none of it was held against the release");

    // With no room for one more they are replaced one by one, each as soon as its controller asks again.
    let one = r#"{"spec":{"strategy":{"rollingUpdate":{"maxUnavailable":1}}}}"#;
    kubectl(&shop, &["patch", "deployment/checkout", "--patch", one]).await?;
    kubectl(&shop, &["delete", "quota", "tight"]).await?;
    kubectl(&shop, &["create", "quota", "full", "--hard=pods=2"]).await?;
    kubectl(&shop, &["wait", "--for=jsonpath={.status.used.pods}=2", "quota/full"]).await?;
    let _ = shop.deploy("1.0").await?.exits(0);
    assert_eq!(shop.answers("/").await?, ["1.0", "1.0"], "it was waited for");
    Ok(())
}
