//! Hears everything that is traced while a law listens.

use std::fmt::{self, Write as _};
use std::sync::{Mutex, Once, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

static HEARD: Mutex<Option<String>> = Mutex::new(None);
static PLUGGED_IN: Once = Once::new();

/// Listens until dropped. Only one law at a time may: the suite sees to it that no other runs meanwhile.
pub(crate) struct Listening(());

impl Listening {
    pub(crate) fn begin() -> Self {
        plug_in();
        *HEARD.lock().unwrap_or_else(PoisonError::into_inner) = Some(String::new());
        Self(())
    }

    /// What was heard so far.
    pub(crate) fn heard(&self) -> String {
        HEARD.lock().unwrap_or_else(PoisonError::into_inner).clone().unwrap_or_default()
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        *HEARD.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Becomes the process's subscriber, for every level and every crate. Threads of the adapter's own (connection pools,
/// the hash pool) are heard too, which a subscriber of one thread could not.
pub(crate) fn plug_in() {
    PLUGGED_IN.call_once(|| {
        let subscriber = tracing_subscriber::registry().with(Listener);
        // Another subscriber is in place: the law notices, because it hears nothing of what it says itself.
        let _ = tracing::subscriber::set_global_default(subscriber);
    });
}

struct Listener;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Listener {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        write_down(attributes.metadata().name(), |line| attributes.record(line));
    }

    fn on_record(&self, _: &Id, values: &Record<'_>, _: Context<'_, S>) {
        write_down("", |line| values.record(line));
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        write_down(event.metadata().target(), |line| event.record(line));
    }
}

fn write_down(name: &str, record: impl FnOnce(&mut Line)) {
    // Fields are formatted outside the lock: a `Debug` may itself trace.
    if HEARD.lock().unwrap_or_else(PoisonError::into_inner).is_none() {
        return;
    }
    let mut line = Line(name.to_owned());
    record(&mut line);
    if let Some(heard) = HEARD.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
        heard.push_str(&line.0);
        heard.push('\n');
    }
}

struct Line(String);

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        let _ = write!(self.0, " {}={value}", field.name());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let _ = write!(self.0, " {}={value}", field.name());
        let mut cause = value.source();
        while let Some(error) = cause {
            let _ = write!(self.0, ": {error}");
            cause = error.source();
        }
    }
}
