//! The `fenliu` program: arguments in, exit code out; the work is in one file for each command.

mod args;
mod calibrate;
mod colour;
mod draw;
mod eval;
mod exit;
mod labelled;
mod lines;
mod messages;
mod picture;
mod place;
mod policy;
mod print;
mod route;
mod serve;
mod teach;

use std::process::ExitCode;

use clap::Parser;

/// A message is allocated on one thread and freed on another, which the system's allocator is slower at.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = args::Args::parse();
    let done = match &args.command {
        args::Command::Route(options) => route::run(options),
        args::Command::Serve(options) => serve::run(options),
        args::Command::Eval(options) => eval::run(options),
        args::Command::Policy(options) => policy::run(options),
        args::Command::Calibrate(options) => calibrate::run(options),
        args::Command::Teach(options) => teach::run(options),
    };
    exit::code(done)
}
