//! Whether a service could start: its files are read, nothing is bound and nothing is written.

use super::ServeError;
use crate::config::Config;
use crate::decisions::Decisions;
use crate::tls;
use crate::tokens::Tokens;

impl Config {
    /// Says everything that is wrong with the files that are named and with who would be let in; sockets aside.
    ///
    /// # Errors
    ///
    /// Each problem, several as [`ServeError::Several`].
    pub fn check(&self) -> Result<(), ServeError> {
        let admin = self.admin.as_ref();
        let tokens = |file: Option<&std::path::Path>| file.map_or(Ok(()), |file| Tokens::load(file).map(drop));
        let checks = [
            self.tls
                .as_ref()
                .map_or(Ok(()), |files| tls::load(files, self.http1()).map(drop))
                .map_err(ServeError::Certificates),
            self.plain_text(),
            self.origins(),
            tokens(self.tokens.as_deref()).map_err(ServeError::Tokens),
            tokens(admin.and_then(|admin| admin.tokens.as_deref())).map_err(ServeError::Tokens),
            self.open_admin(),
            self.decisions.as_ref().map_or(Ok(()), Decisions::check).map_err(ServeError::Decisions),
        ];
        let mut problems: Vec<ServeError> = checks.into_iter().filter_map(Result::err).collect();
        match problems.len() {
            0 => Ok(()),
            1 => Err(problems.remove(0)),
            _ => Err(ServeError::Several(problems)),
        }
    }

    fn plain_text(&self) -> Result<(), ServeError> {
        let grpc = [Some(self.listen), self.admin.as_ref().map(|admin| admin.listen)];
        let grpc = grpc.into_iter().flatten().filter(|_| self.tls.is_none() && !self.plaintext);
        let http = self.http.into_iter().filter(|_| !self.http_plaintext);
        let address = grpc.chain(http).find(|address| !address.ip().is_loopback());
        address.map_or(Ok(()), |address| Err(ServeError::PlainText { address }))
    }

    fn origins(&self) -> Result<(), ServeError> {
        let odd = self.grpc_web.iter().find(|origin| {
            let parts = origin.parse::<http::Uri>().map(http::Uri::into_parts);
            let is_origin = parts.is_ok_and(|parts| match (parts.scheme, parts.authority) {
                (Some(scheme), Some(authority)) => **origin == format!("{scheme}://{authority}"),
                _ => false,
            });
            *origin != "*" && !is_origin
        });
        odd.map_or(Ok(()), |origin| Err(ServeError::Origin(origin.clone())))
    }

    fn open_admin(&self) -> Result<(), ServeError> {
        let open = self.admin.as_ref().filter(|admin| admin.tokens.is_none() && !admin.listen.ip().is_loopback());
        open.map_or(Ok(()), |admin| Err(ServeError::OpenAdmin { address: admin.listen }))
    }
}
