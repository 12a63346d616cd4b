//! From file, environment and flags to what the service is told.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fenliu_server::{Admin, Config, DecisionLog, LoggedText, Quota, Tls};

use crate::args::{Serve, Settings, Span, Text};
use crate::exit::Failure;

/// Where the service listens where nobody says so: for this machine alone.
const LISTEN: ([u8; 4], u16) = ([127, 0, 0, 1], 50051);

/// How long files must lie still where nobody says so.
const STILL: Duration = Duration::from_millis(500);

/// What flags and environment say, over what the file says. Paths in the file are taken from its folder.
pub(super) fn settings(options: &Serve) -> Result<Settings, Failure> {
    let Some(file) = &options.config else { return Ok(options.settings.clone()) };
    let text = fs::read_to_string(file).map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?;
    let mut below: Settings = toml::from_str(&text)
        .map_err(|error| Failure::usage(format!("{}: {}", file.display(), error.to_string().trim_end())))?;
    if let Some(folder) = file.parent() {
        from_folder(&mut below, folder);
    }
    Ok(options.settings.clone().over(below))
}

fn from_folder(settings: &mut Settings, folder: &Path) {
    let Settings { tls, access, admin, engine, decisions, .. } = settings;
    let files = [&mut tls.certificate, &mut tls.key, &mut tls.client_ca, &mut access.tokens, &mut admin.admin_tokens];
    let parts =
        [&mut engine.models, &mut engine.lexicon, &mut engine.policy, &mut decisions.file, &mut decisions.digest_key];
    for path in files.into_iter().chain(parts).flatten() {
        *path = folder.join(&*path);
    }
}

/// What the service is told; the error says everything that does not go together.
pub(super) fn config(settings: &Settings) -> Result<Config, Failure> {
    let Settings { listen, work, tls, access, admin, http, reload, drain, .. } = settings;
    let mut problems = Vec::new();
    let mut config = Config::new(listen.address.unwrap_or_else(|| LISTEN.into()));
    config.workers = work.workers.unwrap_or(config.workers);
    let set = |to: &mut Duration, span: Option<Span>| *to = span.map_or(*to, |span| span.0);
    config.waiting = work.waiting.unwrap_or(config.waiting);
    set(&mut config.waiting_time, work.waiting_time);
    let limits = &mut config.limits;
    limits.request_bytes = work.request_bytes.unwrap_or(limits.request_bytes);
    limits.bytes_at_once = work.bytes_at_once.unwrap_or(limits.bytes_at_once);
    limits.connection_age = listen.connection_age.map(|span| span.0);
    limits.connections = listen.connections.unwrap_or(limits.connections);
    limits.calls_per_connection = listen.calls_per_connection.unwrap_or(limits.calls_per_connection);
    set(&mut limits.request_time, work.request_time);
    set(&mut limits.handshake, listen.handshake);
    set(&mut limits.keep_alive, listen.keep_alive);
    set(&mut limits.keep_alive_timeout, listen.keep_alive_timeout);
    set(&mut config.drain.grace, drain.grace);
    set(&mut config.drain.bound, drain.bound);
    for (key, zero) in [
        ("work.workers", config.workers == 0),
        ("work.request_bytes", config.limits.request_bytes == 0),
        ("work.bytes_at_once", config.limits.bytes_at_once == 0),
        ("listen.connection_age", config.limits.connection_age.is_some_and(|age| age.is_zero())),
        ("work.request_time", config.limits.request_time.is_zero()),
        ("listen.connections", config.limits.connections == 0),
        ("listen.calls_per_connection", config.limits.calls_per_connection == 0),
        ("listen.handshake", config.limits.handshake.is_zero()),
        ("listen.keep_alive", config.limits.keep_alive.is_zero()),
        ("listen.keep_alive_timeout", config.limits.keep_alive_timeout.is_zero()),
        ("access.quota", access.quota == Some(0)),
        ("decisions.bytes", settings.decisions.bytes == Some(0)),
        ("access.quota_burst", access.quota_burst == Some(0)),
    ] {
        if zero {
            problems.push(format!("{key}: is 0, expected more"));
        }
    }
    if config.limits.bytes_at_once < config.limits.request_bytes {
        problems.push("work.bytes_at_once: is less than work.request_bytes, expected as much or more".to_owned());
    }
    config.plaintext = listen.plaintext.unwrap_or(false);
    config.grpc_web = listen.grpc_web.clone().unwrap_or_default();
    config.tls = match (&tls.certificate, &tls.key, &tls.client_ca) {
        (Some(certificate), Some(key), client_ca) => {
            let tls = Tls::new(certificate, key);
            Some(client_ca.iter().fold(tls, |tls, file| tls.client_ca(file)))
        }
        (None, None, None) => None,
        (certificate, key, _) => {
            let missing = |key: &str, file: &Option<PathBuf>| file.is_none().then(|| format!("tls.{key}: is missing"));
            problems.extend(missing("certificate", certificate).into_iter().chain(missing("key", key)));
            None
        }
    };
    config.tokens.clone_from(&access.tokens);
    config.quota = access.quota.map(|quota| Quota::new(quota, access.quota_burst.unwrap_or(quota)));
    if access.quota.is_none() && access.quota_burst.is_some() {
        problems.push("access.quota_burst: is given without access.quota".to_owned());
    }
    config.admin = admin.admin_address.map(|address| {
        let admin_at = Admin::new(address);
        admin.admin_tokens.iter().fold(admin_at, |at, file| at.tokens(file))
    });
    if admin.admin_address.is_none() && admin.admin_tokens.is_some() {
        problems.push("admin.tokens: is given without admin.address".to_owned());
    }
    if settings.traces.share.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
        problems.push("traces.share: expected 0 to 1".to_owned());
    }
    config.decisions = settings.decisions.file.as_ref().map(|file| {
        let said = &settings.decisions;
        let mut log = DecisionLog::new(file);
        log.bytes = said.bytes.unwrap_or(log.bytes);
        log.files = said.files.unwrap_or(log.files);
        log.key.clone_from(&said.digest_key);
        log.text = match said.text.unwrap_or(Text::Absent) {
            Text::Absent => LoggedText::Absent,
            Text::Masked => LoggedText::Masked,
        };
        log
    });
    config.http = http.http_address;
    config.http_plaintext = http.http_plaintext.unwrap_or(false);
    config.watch = reload.watch.unwrap_or(true).then(|| reload.still.map_or(STILL, |span| span.0));
    if problems.is_empty() { Ok(config) } else { Err(Failure::usage(problems.join("\n"))) }
}
