use crate::PorticoServer;
use crate::cli::{ConfigArgs, EXIT_CONFIG, EXIT_ERROR, EXIT_OK, complain};
use crate::serve::ServeError;

/// `portico serve`
pub(super) async fn run(server: PorticoServer, args: &ConfigArgs) -> u8 {
    let config = match args.load() {
        Ok(config) => config,
        Err(error) => {
            complain(&error);
            return EXIT_CONFIG;
        }
    };
    let running = match server.start(config).await {
        Ok(running) => running,
        Err(error) => {
            complain(&error);
            return if matches!(error, ServeError::Assembly(_) | ServeError::Central(_)) {
                EXIT_CONFIG
            } else {
                EXIT_ERROR
            };
        }
    };
    match running.until_stopped().await {
        Ok(()) => EXIT_OK,
        Err(error) => {
            complain(&error);
            EXIT_ERROR
        }
    }
}
