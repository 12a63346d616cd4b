use std::process::Command;
use std::time::Duration;

use fenliu_client::{Client, Options};
use fenliu_server::{Config, Tls};
use tonic::{Code, Status};

use crate::authority::Authority;
use crate::folder::Folder;
use crate::{Running, inquiry};

/// What comes of one message, with these options beside the address.
async fn route(endpoint: &str, with: impl FnOnce(&mut Options)) -> Result<(), Status> {
    let mut options = Options::new([endpoint]);
    (options.timeout, options.connect_timeout) = (Duration::from_secs(20), Duration::from_secs(20));
    with(&mut options);
    Client::new(&options).unwrap().route(inquiry("我要退货")).await.map(drop)
}

fn serve(tls: Tls) -> Running {
    Running::with(|config: &mut Config| config.tls = Some(tls))
}

#[tokio::test]
async fn a_private_authority_is_trusted_where_it_is_given_and_no_other() {
    let (authority, other) = (Authority::new(), Authority::new());
    let service = serve(authority.tls());
    let with = async |ca: &str, attempts| {
        let with = |options: &mut Options| (options.ca, options.attempts) = (Some(ca.to_owned()), attempts);
        route(&service.https(), with).await
    };
    with(&authority.certificate, 3).await.unwrap();
    let status = with(&other.certificate, 1).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status}");
}

#[tokio::test]
async fn a_caller_is_known_by_its_certificate() {
    let (authority, other) = (Authority::new(), Authority::new());
    let service = serve(authority.mutual());
    for (identity, comes_in) in [(Some(&authority.caller), true), (Some(&other.caller), false), (None, false)] {
        let with = |options: &mut Options| {
            options.ca = Some(authority.certificate.clone());
            options.identity = identity.cloned();
            options.attempts = if comes_in { 3 } else { 1 };
        };
        assert_eq!(route(&service.https(), with).await.is_ok(), comes_in);
    }
}

#[tokio::test]
async fn a_caller_is_known_by_its_token() {
    let (authority, folder) = (Authority::new(), Folder::new());
    let tokens = folder.write("tokens", "app 0123456789abcdef\n");
    let service = Running::with(|config| (config.tls, config.tokens) = (Some(authority.tls()), Some(tokens)));
    for (token, expected) in [
        (Some("0123456789abcdef"), Code::Ok),
        (Some("fedcba9876543210"), Code::Unauthenticated),
        (None, Code::Unauthenticated),
    ] {
        let with = |options: &mut Options| {
            options.ca = Some(authority.certificate.clone());
            options.token = token.map(str::to_owned);
        };
        let code = route(&service.https(), with).await.map_or_else(|status| status.code(), |()| Code::Ok);
        assert_eq!(code, expected, "{token:?}");
    }
}

/// Asks in a process of its own, whose environment names the authority that the system then trusts.
#[tokio::test]
async fn without_an_authority_those_of_the_system_are_trusted() {
    const ENDPOINT: &str = "FENLIU_CLIENT_TEST_ENDPOINT";
    if let Ok(endpoint) = std::env::var(ENDPOINT) {
        return route(&endpoint, |options| options.attempts = 1).await.unwrap();
    }
    let authority = Authority::new();
    let service = serve(authority.tls());
    for (trusted, comes_in) in [(&authority, true), (&Authority::new(), false)] {
        let mut asking = Command::new(std::env::current_exe().unwrap());
        asking.args(["--exact", "access::without_an_authority_those_of_the_system_are_trusted"]);
        asking.env(ENDPOINT, service.https()).env_remove("SSL_CERT_DIR");
        asking.env("SSL_CERT_FILE", trusted.folder.write("trusted.pem", &trusted.certificate));
        let asked = tokio::task::spawn_blocking(move || asking.output().unwrap()).await.unwrap();
        assert_eq!(asked.status.success(), comes_in, "{}", String::from_utf8_lossy(&asked.stdout));
    }
}
