//! What pods answer to a GET: their addresses are the cluster's own, so the API server asks for us (its pod proxy). That
//! takes a right in the namespace and nothing else.

use crate::{client::Place, pods};
use futures::{StreamExt as _, future::join_all};
use http::{Request, Uri, header::LOCATION};
use http_body_util::BodyExt as _;
use k8s_openapi::api::core::v1::Pod;
use kube::{client::Body, core::Status};
use switchback_core::{
    failure::{Failure, FailureKind},
    health::BODY_LIMIT,
    plan::InstanceName,
    port::Answered,
};

/// The most pods that are asked: of a crowd, the newest.
const MOST: usize = 10;

pub(crate) async fn answers(place: &Place, name: &InstanceName, path: &str) -> Result<Vec<Answered>, Failure> {
    let Some(port) = place.settings.port else { return Ok(Vec::new()) };
    let live = place.live().await?;
    let mut all = place.pods(&live, name).await?;
    all.sort_by_key(|pod| std::cmp::Reverse(pod.metadata.creation_timestamp.as_ref().map(|time| time.0)));
    let asked = all.iter().take(MOST).map(|pod| answer(place, pod, port, path));
    join_all(asked).await.into_iter().collect()
}

async fn answer(place: &Place, pod: &Pod, port: u16, path: &str) -> Result<Answered, Failure> {
    let by = format!("{}:{port}", pods::name(pod));
    let proxy = format!("/api/v1/namespaces/{}/pods/{by}/proxy{path}", place.settings.namespace);
    let uri: Uri = proxy
        .parse()
        .map_err(|error| Failure::new(FailureKind::Other, format!("{path} cannot be asked of a pod: {error}")))?;
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = uri;
    let asked = async {
        let answer = place.client().send(request).await?;
        let location = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (status, mut rest) = (answer.status().as_u16(), answer.into_body().into_data_stream());
        let mut body = Vec::new();
        while let Some(chunk) = rest.next().await {
            body.extend_from_slice(&chunk?);
            if body.len() >= BODY_LIMIT {
                body.truncate(BODY_LIMIT);
                break;
            }
        }
        Ok((status, location, body))
    };
    let (status, location, body) = place.ask_at_once(asked).await?;
    match unreached(&body) {
        Some(said) => Err(Failure::new(FailureKind::Other, format!("{by} does not answer: {said}"))),
        None => Ok(Answered { location: location.map(|location| own(&location, &proxy, path)), by, status, body }),
    }
}

/// Where a pod redirects to: the API server puts its own proxy's path before it.
fn own(location: &str, proxy: &str, path: &str) -> String {
    let before = proxy.strip_suffix(path).unwrap_or(proxy);
    location.strip_prefix(before).unwrap_or(location).to_owned()
}

/// The API server's own words when the pod said none.
fn unreached(body: &[u8]) -> Option<String> {
    let status: Status = serde_json::from_slice(body).ok()?;
    status.message.strip_prefix("error trying to reach service: ").map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_is_told_as_the_pod_said_it_and_not_as_the_proxy_wrote_it() {
        let proxy = "/api/v1/namespaces/shop/pods/checkout-1:8080/proxy/health";
        let own = |location| own(location, proxy, "/health");
        assert_eq!(own("/api/v1/namespaces/shop/pods/checkout-1:8080/proxy/login?next=/"), "/login?next=/");
        assert_eq!(own("https://sso.example/in"), "https://sso.example/in");
    }
}
