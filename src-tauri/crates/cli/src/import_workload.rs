//! Workloads of a cluster: what there is, and one taken over with its history.

use crate::{
    args::{Format, Import},
    found::taking,
    output::{self, answer},
    run::Done,
};
use switchback_api::{
    ApiError, App, ImportWorkload,
    dto::{CandidateView, PastView, WorkloadImportView},
};

/// Lists a namespace's workloads, or takes one.
pub async fn import(app: &App, format: Format, asked: Import) -> Done {
    let Import { container: workload, target, cluster, secrets, dry_run, reason, confirm, .. } = asked;
    let kubeconfig = cluster.kubeconfig.map(std::path::absolute).transpose();
    let kubeconfig = kubeconfig.map_err(|error| ApiError::new("bad_input", format!("the kubeconfig: {error}")))?;
    let kubeconfig = kubeconfig.map(|file| file.display().to_string());
    let (context, namespace) = (cluster.context, cluster.namespace.unwrap_or_default());
    let (Some(workload), Some(target)) = (workload, target) else {
        let all = app.cluster_workloads(kubeconfig.as_deref(), context.as_deref(), &namespace).await?;
        for kind in &all.unread {
            eprintln!("warning: the login may not list {kind}s in {namespace}: there may be some");
        }
        answer(format, &all.workloads, |all| {
            output::table(["WORKLOAD", "IMAGE", "PODS", "LOOKED AFTER BY"], all.iter().map(row))
        });
        return Ok(0);
    };
    let import = ImportWorkload {
        kubeconfig,
        context,
        namespace,
        workload,
        container: cluster.inside,
        take_over: cluster.take_over,
        target,
        protect: cluster.protect,
        taking: taking(secrets),
    };
    let view = if dry_run {
        app.import_workload_preview(&import).await?
    } else {
        app.import_workload(&import, &reason, &confirm).await?
    };
    for line in &view.lost {
        eprintln!("warning: {line}: it cannot come back and is left out");
    }
    for place in &view.elsewhere {
        eprintln!("warning: variables from {place} are as they are then, in every revision");
    }
    answer(format, &view, told);
    Ok(0)
}

fn row(one: &CandidateView) -> [String; 4] {
    let images = one.containers.iter().map(|container| container.image.as_str()).collect::<Vec<_>>().join(" ");
    let owner = if one.ours { Some("Switchback") } else { one.owner.as_deref() };
    [one.workload.clone(), images, one.pods.clone(), owner.unwrap_or_default().to_owned()]
}

fn told(view: &WorkloadImportView) -> String {
    let history = output::table(["REVISION", "VERSION", "WHEN", "BY", "FROM", "SAID"], view.revisions.iter().map(past));
    if view.deployment.is_none() {
        return format!("{history}\n{}", view.yaml);
    }
    let number = view.revisions.len();
    format!("{history}\n{} is r{number}; the policy has it: `switchback export`", view.target)
}

fn past(one: &PastView) -> [String; 6] {
    let unknown = || "unknown".to_owned();
    [
        format!("r{}", one.revision),
        one.version.clone(),
        one.at.map_or_else(unknown, |at| at.to_string()),
        one.by.clone().unwrap_or_else(unknown),
        one.source.clone(),
        one.said.clone().unwrap_or_default(),
    ]
}
