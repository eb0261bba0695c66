//! The suite on the fake authenticator of the core: guarded, and through a chain.

mod support;

use std::process::ExitCode;

use portico_auth_conformance::Wrapping;
use support::FakeFixture;

fn main() -> ExitCode {
    portico_auth_conformance::main(vec![
        Box::new(FakeFixture::sound(Wrapping::Guarded)),
        Box::new(FakeFixture::sound(Wrapping::Chained)),
    ])
}
