//! kube's own stack on connections that send what is small at once.
//!
//! kube leaves Nagle's algorithm on: the first request of a connection then waits for the server to acknowledge the end of
//! the TLS handshake, which servers delay by 40 ms (measured; a rollback opens several).

use hyper_timeout::TimeoutConnector;
use hyper_util::{
    client::legacy::{Builder, connect::HttpConnector},
    rt::TokioExecutor,
};
use kube::{
    Client, Config,
    client::{Body, ClientBuilder, ConfigExt as _, retry::RetryPolicy},
};
use tower::{BoxError, ServiceBuilder, retry::RetryLayer};

/// Connections that are kept for the next question when nobody uses them: as many as one deployment has at a time. What a
/// look at hundreds of targets opened beyond that is closed as it is answered.
const SPARE: usize = 4;

/// A client for this way in.
pub fn client(config: Config) -> Result<Client, kube::Error> {
    if config.proxy_url.is_some() {
        // The way to a proxy is kube's to make.
        return Client::try_from(config);
    }
    let mut plain = HttpConnector::new();
    plain.enforce_http(false);
    plain.set_nodelay(true);
    let mut connector = TimeoutConnector::new(config.rustls_https_connector_with_connector(plain)?);
    connector.set_connect_timeout(config.connect_timeout);
    connector.set_read_timeout(config.read_timeout);
    connector.set_write_timeout(config.write_timeout);
    connector.set_reset_reader_on_write(config.reset_reader_on_write);
    let retrying = config.default_retry.then(|| RetryLayer::new(RetryPolicy::server_retry()));
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .option_layer(retrying)
        .option_layer(config.auth_layer()?)
        .layer(config.extra_headers_layer()?)
        .map_err(BoxError::from)
        .service(Builder::new(TokioExecutor::new()).pool_max_idle_per_host(SPARE).build::<_, Body>(connector));
    Ok(ClientBuilder::new(service, config.default_namespace).build())
}
