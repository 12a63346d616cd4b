//! Whom to ask, and for how long.

use std::time::Duration;

use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

/// Whom a client asks, and for how long.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// Each instance, such as `http://10.0.0.1:50051` or `https://fenliu.example`; calls go to all of them.
    pub endpoints: Vec<String>,
    /// How long a call may take, all attempts together. Default: 2 s.
    pub timeout: Duration,
    /// How long a connection may take to stand. Default: 1 s.
    pub connect_timeout: Duration,
    /// How often a call is tried. Default: 3.
    pub attempts: u32,
    /// How often a connection is asked whether anybody is there. Default: 20 s.
    pub keep_alive: Duration,
    /// A bearer token.
    pub token: Option<String>,
    /// Who must have signed the certificate of `https` instances, PEM.
    pub ca: Option<String>,
    /// The caller's own certificate and key, PEM.
    pub identity: Option<(String, String)>,
}

/// Why a client cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// Nobody to ask.
    #[error("no endpoint, expected one such as `http://127.0.0.1:50051`")]
    NoEndpoint,
    /// An address is none.
    #[error("endpoint `{endpoint}`: {error}, expected such as `http://127.0.0.1:50051`")]
    Endpoint {
        /// What was given.
        endpoint: String,
        /// What is wrong with it.
        error: tonic::transport::Error,
    },
    /// The token cannot stand in a header.
    #[error("the token holds characters that no header can, expected visible ASCII")]
    Token,
}

impl Options {
    /// With the defaults.
    pub fn new<E: Into<String>>(endpoints: impl IntoIterator<Item = E>) -> Self {
        Self {
            endpoints: endpoints.into_iter().map(Into::into).collect(),
            timeout: Duration::from_secs(2),
            connect_timeout: Duration::from_secs(1),
            attempts: 3,
            keep_alive: Duration::from_secs(20),
            token: None,
            ca: None,
            identity: None,
        }
    }

    /// One for each instance, at least one; each connects when it is first asked.
    pub(crate) fn channels(&self) -> Result<Vec<Channel>, ClientError> {
        let endpoints = self.endpoints.iter().map(|endpoint| self.endpoint(endpoint)).collect::<Result<Vec<_>, _>>()?;
        if endpoints.is_empty() {
            return Err(ClientError::NoEndpoint);
        }
        Ok(endpoints.iter().map(Endpoint::connect_lazy).collect())
    }

    fn endpoint(&self, endpoint: &str) -> Result<Endpoint, ClientError> {
        let wrong = |error| ClientError::Endpoint { endpoint: endpoint.to_owned(), error };
        let made = Endpoint::from_shared(endpoint.to_owned())
            .map_err(wrong)?
            .connect_timeout(self.connect_timeout)
            .http2_keep_alive_interval(self.keep_alive)
            .keep_alive_while_idle(true)
            .tcp_nodelay(true);
        if !endpoint.starts_with("https:") {
            return Ok(made);
        }
        let mut tls = ClientTlsConfig::new();
        if let Some(ca) = &self.ca {
            tls = tls.ca_certificate(Certificate::from_pem(ca));
        }
        if let Some((certificate, key)) = &self.identity {
            tls = tls.identity(Identity::from_pem(certificate, key));
        }
        made.tls_config(tls).map_err(wrong)
    }

    pub(crate) fn bearer(&self) -> Result<Option<MetadataValue<Ascii>>, ClientError> {
        let parse = |token: &String| {
            let visible = token.bytes().all(|byte| byte.is_ascii_graphic());
            let parsed = format!("Bearer {token}").parse().ok().filter(|_| visible);
            let mut value: MetadataValue<Ascii> = parsed.ok_or(ClientError::Token)?;
            value.set_sensitive(true);
            Ok(value)
        };
        self.token.as_ref().map(parse).transpose()
    }
}
