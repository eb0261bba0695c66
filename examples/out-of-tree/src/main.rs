//! Portico with one authenticator more.

use std::process::ExitCode;

#[actix_web::main]
async fn main() -> ExitCode {
    portico_server::PorticoServer::bundled().authenticator::<auth_club::ClubConfig>().run_from_args().await
}
