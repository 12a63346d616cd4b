//! The wire types of `fenliu.v1`, made from `proto/`, and their descriptors. Nothing is written here by hand.
#![allow(clippy::allow_attributes_without_reason, clippy::large_enum_variant, reason = "generated")]

tonic::include_proto!("fenliu.v1");

/// The encoded `FileDescriptorSet` of the contract, for reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/fenliu.bin"));
