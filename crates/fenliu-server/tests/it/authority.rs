//! Who signs certificates for a test.

use std::path::PathBuf;

use fenliu_server::Tls;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

use crate::folder::Folder;

/// An authority with a certificate for the service and one for a caller.
pub(crate) struct Authority {
    pub(crate) folder: Folder,
    pub(crate) certificate: String,
    pub(crate) caller: (String, String),
}

impl Authority {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        let issue = |names: &[&str]| {
            let key = KeyPair::generate().unwrap();
            let params =
                CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
            (params.signed_by(&key, &issuer).unwrap().pem(), key.serialize_pem())
        };
        let folder = Folder::new();
        let (service, key) = issue(&["localhost", "127.0.0.1"]);
        folder.write("service.pem", &service);
        folder.write("service.key", &key);
        folder.write("authority.pem", &certificate);
        Self { certificate, caller: issue(&["caller"]), folder }
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.0.join(name)
    }

    pub(crate) fn tls(&self) -> Tls {
        Tls::new(self.file("service.pem"), self.file("service.key"))
    }

    /// The same where callers need a certificate too.
    pub(crate) fn mutual(&self) -> Tls {
        self.tls().client_ca(self.file("authority.pem"))
    }
}
