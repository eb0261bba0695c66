use std::future::{Ready, ready};
use std::str::FromStr;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use crate::http::Problem;

/// The parameters after the question mark, each at most once. An empty value counts as absent.
#[derive(Debug)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Refuses parameters other than `known`.
    pub fn only(&self, known: &[&str]) -> Result<(), Problem> {
        match self.0.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some((name, _)) => {
                Err(Problem::invalid(format!("unknown parameter `{name}`; there are: {}", known.join(", "))))
            }
        }
    }

    /// The value of `name`.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .filter(|v| !v.is_empty())
    }

    /// The value of `name` as an id or cursor.
    pub fn parsed<T: FromStr>(&self, name: &str) -> Result<Option<T>, Problem> {
        self.text(name)
            .map(|text| text.parse().map_err(|_| Problem::invalid(format!("`{name}` is not valid"))))
            .transpose()
    }

    /// The page size `limit`, at least 1, at most `max`.
    pub fn limit(&self, default: usize, max: usize) -> Result<usize, Problem> {
        let Some(text) = self.text("limit") else { return Ok(default) };
        match text.parse::<u64>() {
            Ok(0) | Err(_) => Err(Problem::invalid("`limit` must be a number of at least 1")),
            Ok(limit) => Ok(usize::try_from(limit).unwrap_or(max).min(max)),
        }
    }

    /// The `wait` of a poll: seconds, clamped to 0-55.
    pub fn wait(&self) -> Result<Duration, Problem> {
        let Some(text) = self.text("wait") else { return Ok(Duration::ZERO) };
        let seconds: f64 =
            text.parse().map_err(|_| Problem::invalid("`wait` must be a number of seconds"))?;
        if seconds.is_nan() {
            return Err(Problem::invalid("`wait` must be a number of seconds"));
        }
        Ok(Duration::from_secs_f64(seconds.clamp(0.0, 55.0)))
    }
}

impl FromRequest for Params {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request.query_string()))
    }
}

fn parse(query: &str) -> Result<Params, Problem> {
    let pairs = actix_web::web::Query::<Vec<(String, String)>>::from_query(query)
        .map_err(|_| Problem::invalid("the parameters can't be read"))?
        .into_inner();
    for (index, (name, _)) in pairs.iter().enumerate() {
        if pairs.iter().skip(index + 1).any(|(other, _)| other == name) {
            return Err(Problem::invalid(format!("parameter `{name}` is given more than once")));
        }
    }
    Ok(Params(pairs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_clamped_and_nonsense_is_refused() {
        let wait = |query: &str| parse(query).unwrap().wait();
        assert_eq!(wait("wait=999").unwrap(), Duration::from_secs(55));
        assert_eq!(wait("wait=-3").unwrap(), Duration::ZERO);
        assert_eq!(wait("wait=").unwrap(), Duration::ZERO);
        assert!(wait("wait=soon").is_err());
        assert!(wait("wait=NaN").is_err());
    }

    #[test]
    fn unknown_and_repeated_parameters_are_refused() {
        assert!(parse("limit=1&limit=2").is_err());
        assert!(parse("limt=1").unwrap().only(&["limit"]).is_err());
        assert!(parse("limit=0").unwrap().limit(50, 200).is_err());
        assert_eq!(parse("limit=100000000000000").unwrap().limit(50, 200).unwrap(), 200);
    }
}
