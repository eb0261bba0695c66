//! Whether this machine's clock is near enough to the domain's.

use portico_core::Timestamp;
use portico_core::auth::AuthError;

use crate::connection::Search;
use crate::filter::Attribute;
use crate::generalized_time;
use crate::pool::Pool;

/// What Kerberos allows by default (RFC 4120 §1.6, MIT `clockskew`), in milliseconds.
const ALLOWED: i64 = 300_000;

/// Compares `now` with the time that the controller's root entry shows (MS-ADTS 3.1.1.3.2.4): how many seconds it is ahead.
/// Other servers show none.
///
/// # Errors
/// The clocks differ by more than Kerberos allows; or the server could not be asked.
pub(crate) async fn check(controller: &Pool, now: Timestamp) -> Result<Option<i64>, AuthError> {
    let time = Attribute::preset("currentTime");
    let root = controller.read(&Search::entry("", vec![time.as_str().to_owned()])).await?;
    let shown = root.and_then(|entry| entry.text(&time)).and_then(|text| generalized_time::parse(&text));
    shown.map(|theirs| compare(now, theirs)).transpose()
}

fn compare(ours: Timestamp, theirs: Timestamp) -> Result<i64, AuthError> {
    let ahead = ours.as_millis() - theirs.as_millis();
    if ahead.abs() <= ALLOWED {
        return Ok(ahead / 1000);
    }
    let (seconds, side) = (ahead.abs() / 1000, if ahead > 0 { "ahead of" } else { "behind" });
    Err(AuthError::misconfigured(format!(
        "this machine's clock is {seconds} s {side} the domain controller's; Kerberos refuses every ticket beyond 300 s: \
         synchronise the clocks (NTP)"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_minutes_are_allowed_in_either_direction() {
        let at = Timestamp::from_secs;
        assert!(compare(at(1000), at(1300)).is_ok() && compare(at(1300), at(1000)).is_ok());
        let late = compare(at(1000), at(1301)).unwrap_err().to_string();
        assert!(late.contains("301 s behind"), "{late}");
        let early = compare(at(5000), at(1000)).unwrap_err().to_string();
        assert!(early.contains("4000 s ahead of"), "{early}");
    }
}
