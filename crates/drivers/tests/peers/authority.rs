//! An authority of the test's own, which vouches for a server and for a client.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;

pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: rcgen::Certificate,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut parameters = CertificateParams::new(Vec::new()).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = parameters.self_signed(&key).unwrap();
        Self {
            issuer: Issuer::new(parameters, key),
            certificate,
        }
    }

    /// Its own certificate (PEM).
    pub(crate) fn certificate(&self) -> String {
        self.certificate.pem()
    }

    fn vouched(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let parameters = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = parameters.signed_by(&key, &self.issuer).unwrap();
        (certificate, key)
    }

    /// Certificate and key of a client (PEM).
    pub(crate) fn client(&self) -> String {
        let (certificate, key) = self.vouched("client");
        format!("{}\n{}", certificate.pem(), key.serialize_pem())
    }

    /// A server called `localhost` that lets in only those whom the authority vouches for.
    pub(crate) fn server(&self) -> Arc<rustls::ServerConfig> {
        let ring = Arc::new(rustls::crypto::ring::default_provider());
        let mut trusted = rustls::RootCertStore::empty();
        trusted.add(self.certificate.der().clone()).unwrap();
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(trusted), Arc::clone(&ring));
        let (certificate, key) = self.vouched("localhost");
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let settings = rustls::ServerConfig::builder_with_provider(ring)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(verifier.build().unwrap())
            .with_single_cert(vec![certificate.der().clone()], key);
        Arc::new(settings.unwrap())
    }
}
