//! The programs are in `examples/`; this file only makes the folder a package.
