//! What Helm remembers of a release: its own secrets, one for each revision, with chart, time, words and manifest.
//!
//! Such a secret holds base64 of gzipped JSON. Values and templates of the chart are in it too and are not read.

use crate::{client::Place, live::Live, memory::Snap};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use flate2::read::GzDecoder;
use k8s_openapi::{
    ByteString,
    api::core::v1::{PodTemplateSpec, Secret},
};
use kube::{ResourceExt as _, api::ListParams};
use serde::Deserialize;
use serde_json::Value;
use std::io::Read as _;
use switchback_core::{
    failure::{Failure, FailureKind},
    workload::{KubernetesSettings, PAST},
};

/// The most bytes a release is unpacked to.
const MOST: u64 = 32 * 1024 * 1024;
/// States of a revision that was what ran.
const RAN: [&str; 2] = ["deployed", "superseded"];

/// One revision of a release, as far as it matters here.
#[derive(Debug, Deserialize)]
struct Release {
    version: u64,
    #[serde(default)]
    info: Info,
    #[serde(default)]
    chart: Chart,
    #[serde(default)]
    manifest: String,
}

#[derive(Debug, Default, Deserialize)]
struct Info {
    #[serde(default)]
    last_deployed: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    status: String,
}

#[derive(Debug, Default, Deserialize)]
struct Chart {
    #[serde(default)]
    metadata: ChartMeta,
}

#[derive(Debug, Default, Deserialize)]
struct ChartMeta {
    #[serde(default)]
    name: String,
    #[serde(default)]
    version: String,
}

/// The revisions of the release a workload belongs to, oldest first, and why others are left out. None of either where
/// it belongs to no release.
pub(crate) async fn snaps(place: &Place, live: &Live) -> Result<(Vec<Snap>, Vec<String>), Failure> {
    let noted = |key: &str| live.meta.annotations.as_ref().and_then(|all| all.get(key)).cloned();
    let Some(name) = noted("meta.helm.sh/release-name") else { return Ok(Default::default()) };
    let namespace = noted("meta.helm.sh/release-namespace").unwrap_or_else(|| place.settings.namespace.clone());
    let there = place.at(KubernetesSettings { namespace, ..place.settings.clone() });
    let theirs = ListParams::default().labels(&format!("owner=helm,name={name}"));
    let secrets = match place.ask(async { there.secrets().list(&theirs).await }).await {
        Ok(secrets) => secrets.items,
        Err(Failure { kind: FailureKind::Forbidden { .. }, message, .. }) => {
            return Ok((Vec::new(), vec![format!("Helm's own history of {name}: {message}")]));
        }
        Err(failure) => return Err(failure),
    };
    let (mut snaps, mut lost) = (Vec::new(), Vec::new());
    for secret in secrets {
        let shown = secret.name_any();
        match unpack(secret).and_then(|release| snap(&release, &name, &place.settings)) {
            Ok(Some(snap)) => snaps.push(snap),
            Ok(None) => {}
            Err(why) => lost.push(format!("{shown}: {why}")),
        }
    }
    snaps.sort_by_key(|snap: &Snap| snap.number);
    Ok((snaps, lost))
}

fn unpack(secret: Secret) -> Result<Release, String> {
    let packed = secret.data.and_then(|mut data| data.remove("release")).ok_or("it holds no release")?;
    let ByteString(text) = packed;
    let bytes = BASE64_STANDARD.decode(text).map_err(|error| error.to_string())?;
    let mut json = Vec::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        GzDecoder::new(bytes.as_slice()).take(MOST).read_to_end(&mut json).map_err(|error| error.to_string())?;
    } else {
        json = bytes;
    }
    serde_json::from_slice(&json).map_err(|error| format!("it is no release: {error}"))
}

/// What the workload was in a revision; `None` where it was not in it.
fn snap(release: &Release, name: &str, settings: &KubernetesSettings) -> Result<Option<Snap>, String> {
    let Release { version, info, chart, manifest } = release;
    if !RAN.contains(&info.status.as_str()) {
        return Err(format!("revision {version} of {name} is {}: it never ran as a whole", info.status));
    }
    let Some(template) = template(manifest, settings)? else { return Ok(None) };
    let chart = format!("{}-{}", chart.metadata.name, chart.metadata.version);
    Ok(Some(Snap {
        number: *version,
        source: format!("Helm {name} v{version}"),
        kept: format!("{PAST}helm-{name}-v{version}"),
        at: info.last_deployed.parse().ok(),
        by: Some(String::from("helm")),
        said: Some(format!("{} ({chart})", info.description)),
        template,
    }))
}

/// The workload's pod template in a manifest of many objects.
fn template(manifest: &str, settings: &KubernetesSettings) -> Result<Option<PodTemplateSpec>, String> {
    let all: Vec<Value> = serde_saphyr::from_multiple(manifest).map_err(|error| format!("its manifest: {error}"))?;
    let kind = settings.workload.to_string();
    let is = |object: &&Value| {
        object["kind"].as_str().is_some_and(|one| one.eq_ignore_ascii_case(&kind))
            && object["metadata"]["name"] == settings.name.as_str()
            && object["metadata"]["namespace"].as_str().is_none_or(|one| one == settings.namespace)
    };
    let Some(object) = all.iter().find(is) else { return Ok(None) };
    let template = serde_json::from_value(object["spec"]["template"].clone());
    template.map(Some).map_err(|error| format!("its pod template: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::tests::settings;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write as _;

    fn secret(status: &str) -> Secret {
        let manifest = "---\n# Source: shop/templates/config.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: w\n\
                        ---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: w\nspec:\n  template:\n    spec:\n      \
                        containers:\n      - {name: app, image: shop/app:1}\n";
        let release = serde_json::json!({
            "name": "shop", "version": 3, "manifest": manifest,
            "info": { "status": status, "last_deployed": "2026-01-02T03:04:05.6+02:00", "description": "Upgrade complete" },
            "chart": { "metadata": { "name": "shop", "version": "0.3.0" } },
        });
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(release.to_string().as_bytes()).unwrap();
        let text = BASE64_STANDARD.encode(gzip.finish().unwrap());
        Secret { data: Some([("release".to_owned(), ByteString(text.into_bytes()))].into()), ..Secret::default() }
    }

    #[test]
    fn a_revision_tells_its_chart_its_time_and_the_workloads_template() {
        let release = unpack(secret("superseded")).unwrap();
        let snap = snap(&release, "shop", &settings()).unwrap().unwrap();
        assert_eq!((snap.number, snap.source.as_str()), (3, "Helm shop v3"));
        assert_eq!(snap.said.as_deref(), Some("Upgrade complete (shop-0.3.0)"));
        assert_eq!(snap.at.unwrap().to_string(), "2026-01-02T01:04:05.6Z");
        assert_eq!(snap.template.spec.unwrap().containers[0].image.as_deref(), Some("shop/app:1"));
    }

    #[test]
    fn what_failed_did_not_run_and_what_is_no_release_is_told() {
        let failed = unpack(secret("failed")).unwrap();
        assert!(snap(&failed, "shop", &settings()).unwrap_err().contains("is failed"));
        assert_eq!(unpack(Secret::default()).unwrap_err(), "it holds no release");
    }
}
