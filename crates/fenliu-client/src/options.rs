//! Whom to ask, and for how long.

use std::error::Error as _;
use std::time::Duration;

use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

/// The least that an attempt may take where nobody says it: the slowest answers of a service stay below 200 ms.
const ATTEMPT: Duration = Duration::from_millis(250);

/// Whom a client asks, and for how long.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// Each instance, such as `http://10.0.0.1:50051` or `https://fenliu.example`; calls go to all of them.
    pub endpoints: Vec<String>,
    /// How long a call may take, all attempts together. Default: 2 s.
    pub timeout: Duration,
    /// How long one attempt may take; then another instance is asked, and this one is left alone for a second. Only a
    /// time below `timeout` has an effect. None, the default: where there are several instances and attempts, half of
    /// `timeout` but 250 ms at least, so that there is time to ask another; else as long as the call. A balancer is one
    /// instance: behind it, set a time.
    ///
    /// The instance that took too long may still have routed the message: see [`Client::route`](crate::Client::route).
    pub attempt_time: Option<Duration>,
    /// How long a connection may take to stand, and its TLS handshake after that. Default: 1 s each.
    pub connect_timeout: Duration,
    /// How often a call is tried; 0 is as 1. Default: 3.
    pub attempts: u32,
    /// How often a connection is asked whether anybody is there. Default: 20 s.
    pub keep_alive: Duration,
    /// A bearer token.
    pub token: Option<String>,
    /// Who must have signed the certificate of `https` instances, PEM. None, the default: one of the authorities that
    /// the system trusts, or that the files of the environment variables `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
    pub ca: Option<String>,
    /// The caller's own certificate and key, PEM, for `https` instances that ask for it.
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
    /// There are no certificates to speak `https` with: the system trusts nobody, or what was given is none.
    #[error(
        "endpoint `{endpoint}`: {error}, expected PEM in `ca` and `identity`; without `ca` a system that trusts somebody"
    )]
    Certificates {
        /// What was given.
        endpoint: String,
        /// What is wrong with them.
        error: String,
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
            attempt_time: None,
            connect_timeout: Duration::from_secs(1),
            attempts: 3,
            keep_alive: Duration::from_secs(20),
            token: None,
            ca: None,
            identity: None,
        }
    }

    /// How long an attempt may take; none: as long as the call.
    pub(crate) fn time_of_attempt(&self) -> Option<Duration> {
        let another = self.endpoints.len() > 1 && self.attempts > 1;
        let time = self.attempt_time.or_else(|| another.then(|| (self.timeout / 2).max(ATTEMPT)));
        time.filter(|time| *time < self.timeout)
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
        if made.uri().scheme_str() != Some("https") {
            return Ok(made);
        }
        let wrong = |error| ClientError::Certificates { endpoint: endpoint.to_owned(), error };
        // Without this, nobody would be trusted and every call fail.
        if self.ca.as_ref().is_some_and(|ca| !ca.contains("BEGIN CERTIFICATE")) {
            return Err(wrong("`ca` holds no certificate".to_owned()));
        }
        // A connection that stands and then hangs in the handshake would never be given up.
        let tls = ClientTlsConfig::new().timeout(self.connect_timeout);
        let mut tls = match &self.ca {
            Some(ca) => tls.ca_certificate(Certificate::from_pem(ca)),
            None => tls.with_native_roots(),
        };
        if let Some((certificate, key)) = &self.identity {
            tls = tls.identity(Identity::from_pem(certificate, key));
        }
        made.tls_config(tls).map_err(|error| wrong(cause(&error)))
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

/// What is wrong in the end; what stands before it only says where.
fn cause(error: &tonic::transport::Error) -> String {
    let mut cause = error.source();
    let mut said = error.to_string();
    while let Some(error) = cause {
        said = error.to_string();
        cause = error.source();
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_several_instances_an_attempt_leaves_time_for_another() {
        for (instances, attempts, timeout, given, expected) in [
            (2, 3, 2000, None, Some(1000)),
            (2, 3, 400, None, Some(250)),
            (2, 3, 250, None, None),
            (1, 3, 2000, None, None),
            (2, 1, 2000, None, None),
            (1, 1, 2000, Some(100), Some(100)),
            (2, 3, 2000, Some(2000), None),
        ] {
            let mut options = Options::new(vec!["http://127.0.0.1:1"; instances]);
            (options.attempts, options.timeout) = (attempts, Duration::from_millis(timeout));
            options.attempt_time = given.map(Duration::from_millis);
            assert_eq!(options.time_of_attempt(), expected.map(Duration::from_millis), "{options:?}");
        }
    }
}
