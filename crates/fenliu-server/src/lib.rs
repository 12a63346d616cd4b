//! The gRPC service of fenliu. Thin: convert, call, convert; the only crate that opens sockets.
//!
//! Inference runs on blocking threads, never on those that serve connections. No text of a customer is logged.

mod convert;
mod serve;
mod service;

#[allow(clippy::allow_attributes_without_reason, clippy::large_enum_variant, reason = "generated")]
/// The generated wire types of `fenliu.v1`, and their descriptors.
pub mod wire {
    tonic::include_proto!("fenliu.v1");

    /// The encoded `FileDescriptorSet` of the contract, for reflection.
    pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/fenliu.bin"));
}

pub use serve::{Config, ServeError, Server};
