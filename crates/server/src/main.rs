//! The stock binary.

use std::process::ExitCode;

use portico_server::PorticoServer;

#[actix_web::main]
async fn main() -> ExitCode {
    PorticoServer::bundled().run_from_args().await
}
